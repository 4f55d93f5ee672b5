import { targetKey } from '../domain/run-record.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Target } from '../domain/run-request.ts';
import { allRows, countRows, type Queryable } from '../platform/ledger/queryable.ts';

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

/** Whether it is on record as a run of that playbook and target. */
export const isRunOf = async (
  on: Queryable,
  run: string,
  { playbook, target }: { readonly playbook: string; readonly target: Target },
): Promise<boolean> =>
  (await countRows(on, 'select from responder.run where run_id = $1 and playbook = $2 and target_key = $3', [
    run,
    playbook,
    targetKey(target),
  ])) === 1;

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

/** A run on record, as far as the sweep needs it. */
export interface RecordedRun {
  readonly run: string;
  readonly playbook: string;
  readonly alarm: string | null;
  readonly executionArn: string | null;
  readonly openedAt: Date;
  readonly endedAt: Date | null;
  readonly outcome: Outcome | null;
  /** It held the lock, so it may have changed something. */
  readonly acted: boolean;
  /** The run that it gave way to. */
  readonly joinedRun: string | null;
  /** When the reason for its refusal is over, if known: the end of a freeze or cooldown. */
  readonly lookAgainAt: Date | null;
  /** It is a symptom: the incident of its cause, and when that was closed. */
  readonly waitsFor: { readonly incident: string; readonly closedAt: Date | null } | null;
}

const SWEPT = `
select run_id as run, run.playbook, alarm, execution_arn as "executionArn", run.opened_at as "openedAt",
       ended_at as "endedAt", outcome, fence is not null as acted, joined_run as "joinedRun", look_again_at as "lookAgainAt",
       waits_for as incident,
       (select closed_at from responder.incident where incident.incident_id = waits_for) as "closedAt"
from responder.run
where mode = 'live' and (ended_at is null or run.opened_at >= $1)`;

/** Live runs in progress, and all live ones since `since`. */
export async function liveRunsSince(on: Queryable, since: Date): Promise<RecordedRun[]> {
  type Row = Omit<RecordedRun, 'waitsFor'> & { incident: string | null; closedAt: Date | null };
  const rows = await allRows<Row>(on, SWEPT, [since.toISOString()]);
  return rows.map(({ incident, closedAt, ...run }) => ({
    ...run,
    waitsFor: incident === null ? null : { incident, closedAt },
  }));
}

export interface SkippedRun {
  readonly run: string;
  readonly playbook: string;
  readonly target: Target;
  readonly at: Date;
  readonly figures: string;
  readonly request: unknown;
  /** The switch that still stops it: its playbook's, or `all`; null: it may be taken up. */
  readonly off: string | null;
}

const SKIPPED = `
with off as materialized (
  select run.*, stopped.figures
  from (select run_id, min(figures) as figures from responder.guard where guard = 'kill-switch' and answer = 'refuse'
        group by run_id) stopped
  cross join lateral (select * from responder.run where run.run_id = stopped.run_id limit 1) run
  where mode = 'live' and outcome in ('refused', 'escalated')
)
select distinct on (playbook, target_key) run_id as run, playbook, target, opened_at as at, figures, request,
       (select min(scope) from responder.switch where paused and scope in ('all', off.playbook)) as off
from off
where not exists (select from responder.run later where later.playbook = off.playbook and later.target_key = off.target_key
                  and later.mode = 'live' and later.arrival > off.arrival and later.run_id not in (select run_id from off))
order by playbook, target_key, arrival desc`;

/** The newest run of each playbook and target that the kill switch stopped, and that no other has followed. */
export const skippedRuns = (on: Queryable): Promise<SkippedRun[]> => allRows<SkippedRun>(on, SKIPPED);
