import type { Decision } from '../domain/decision.ts';
import type { Target } from '../domain/run-request.ts';
import { allRows, type Queryable } from '../platform/ledger/queryable.ts';
import { storableJson } from './storable.ts';

/** Whether people did what the rehearsal would have done. */
export type ShadowVerdict = 'same' | 'different' | 'nothing';

export interface Shadow<Done> {
  readonly run: string;
  readonly playbook: string;
  readonly alarm: string | null;
  readonly target: Target;
  readonly openedAt: Date;
  readonly why: string;
  readonly decision: Decision | null;
  /** Null: not compared yet. */
  readonly verdict: ShadowVerdict | null;
  /** What people have run. */
  readonly done: readonly Done[] | null;
}

const shadows = (which: string): string => `
select run.run_id as run, playbook, alarm, target, opened_at as "openedAt", why, decision, verdict, done
from (select * from responder.run where mode = 'live' and outcome = 'rehearsed' and ${which} limit 50) run
left join lateral (select verdict, done from responder.shadow where shadow.run_id = run.run_id limit 1) kept on true`;

const NEWEST = shadows('playbook = coalesce($1, playbook) order by opened_at desc');

/** The newest rehearsals in shadow mode, of one playbook or of all. */
export const newestShadows = <Done>(on: Queryable, playbook?: string): Promise<Shadow<Done>[]> =>
  allRows<Shadow<Done>>(on, NEWEST, [playbook]);

const UNCOMPARED = shadows('not compared order by opened_at');

export const uncomparedShadows = (on: Queryable): Promise<Shadow<never>[]> =>
  allRows<Shadow<never>>(on, UNCOMPARED);

const KEEP = `
with mark as (update responder.run set compared = true where run_id = $1)
insert into responder.shadow (run_id, compared_at, over_at, done, verdict) values ($1, $2, $2, $3, $4)
on conflict (run_id) do nothing`;

export async function keepVerdict(
  on: Queryable,
  run: string,
  { at, done, verdict }: { at: Date; done: readonly unknown[]; verdict: ShadowVerdict },
): Promise<void> {
  await on.query(KEEP, [run, at, storableJson(done), verdict]);
}
