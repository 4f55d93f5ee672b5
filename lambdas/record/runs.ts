import { allRows, type Queryable } from '../platform/ledger/queryable.ts';

const AT_WORK = `
select run_id as run, opened_at as "openedAt", case when acting then fence::text end as fence,
       exists (select from responder.approval where approval.run_id = run.run_id and state = 'open') as "waitsForApproval"
from responder.run where ended_at is null order by opened_at`;

export interface RunAtWork {
  readonly run: string;
  readonly openedAt: Date;
  /** Null while it does not act. */
  readonly fence: string | null;
  readonly waitsForApproval: boolean;
}

export const runsAtWork = (on: Queryable): Promise<RunAtWork[]> => allRows<RunAtWork>(on, AT_WORK);

const LAST = `
select ended_at as "endedAt", outcome, run_id as run, why from responder.run
where ended_at is not null order by ended_at desc limit 10`;

export interface EndedRun {
  readonly endedAt: Date;
  readonly outcome: string;
  readonly run: string;
  readonly why: string;
}

/** The newest ten that have ended. */
export const lastRuns = (on: Queryable): Promise<EndedRun[]> => allRows<EndedRun>(on, LAST);
