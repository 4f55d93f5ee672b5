import { allRows, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import type { Severity } from '../domain/decision.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Target } from '../domain/run-request.ts';
import { targetKey } from '../domain/run-record.ts';
import { storableJson } from './storable.ts';

/** How the last run about a target ended, as far as it still counts. */
export interface LastEnd {
  readonly target: Target;
  readonly run: string;
  readonly endedAt: Date;
  readonly outcome: Outcome;
  readonly severity: Severity;
  /** What it was about and still stands; null: nothing was found out. */
  readonly concerns: readonly string[] | null;
  /** Runs in a row that ended like this. */
  readonly times: number;
  /** It held the locks, so it may have changed something. */
  readonly acted: boolean;
  /** The incident that it belongs to is still open. */
  readonly open: boolean;
  /** When the reason for its refusal is over, if known. */
  readonly lookAgainAt: Date | null;
  /** When the incident of its cause was closed; null: it has none, or that is open. */
  readonly causeClosedAt: Date | null;
  /** When people last switched the playbook on, or closed its breaker. */
  readonly onSince: Date | null;
}

/** Of a closed incident, one counts only for the transition that it was about. $2: when the alarm changed */
const OF_PLAYBOOK = `
select last.target, last.run_id as run, last.ended_at as "endedAt", last.outcome, last.severity, last.concerns, last.times,
       run.fence is not null as acted, incident.closed_at is null as open, run.look_again_at as "lookAgainAt",
       cause.closed_at as "causeClosedAt",
       greatest((select max(since) from responder.switch where not paused and scope in ('all', last.playbook)),
                (select reset_at from responder.standing where standing.playbook = last.playbook)) as "onSince"
from responder.last_end last
join responder.run using (run_id)
join responder.incident using (incident_id)
left join responder.incident cause on cause.incident_id = run.waits_for
where last.playbook = $1 and (incident.closed_at is null or last.ended_at >= $2)
order by last.checked_at, last.target_key`;

export const lastEnds = (on: Queryable, playbook: string, changedAt: string): Promise<LastEnd[]> =>
  allRows<LastEnd>(on, OF_PLAYBOOK, [playbook, changedAt]);

const AT_WORK = `
select target from responder.run where playbook = $1 and mode = 'live' and ended_at is null`;

export const targetsAtWork = async (on: Queryable, playbook: string): Promise<Target[]> =>
  (await allRows<{ target: Target }>(on, AT_WORK, [playbook])).map(({ target }) => target);

const OPENED = `select target from responder.run where run_id = $1`;

/** What a run is about, if it is on record already: an earlier attempt has chosen. */
export const targetOnRecord = async (on: Queryable, run: string): Promise<Target | undefined> =>
  (await allRows<{ target: Target }>(on, OPENED, [run]))[0]?.target;

const HEARD_OF = `
select from responder.run where mode = 'live' and alarm = $1 and alarm_changed_at = $2 limit 1`;

/** Whether a run of this transition is on record. */
export const isHeardOf = async (
  on: Queryable,
  { name, changedAt }: { readonly name: string; readonly changedAt: string },
): Promise<boolean> => (await allRows(on, HEARD_OF, [name, changedAt])).length > 0;

export interface Ending {
  readonly playbook: string;
  readonly target: Target;
  readonly run: string;
  readonly at: string;
  readonly outcome: Outcome;
  readonly severity: Severity;
  readonly concerns: readonly string[] | null;
  /** Its target is healthy, with any outcome. */
  readonly isOver: boolean;
  /** It only says what an earlier run has done: what that was about stays. */
  readonly repeats: boolean;
}

const KEEP = `
insert into responder.last_end as last (playbook, target_key, target, run_id, ended_at, outcome, severity, concerns, checked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $5)
on conflict (playbook, target_key) do update
set target = excluded.target, run_id = excluded.run_id, ended_at = excluded.ended_at, outcome = excluded.outcome,
    severity = excluded.severity, checked_at = excluded.checked_at,
    concerns = case when $9 then coalesce(last.concerns, excluded.concerns) else excluded.concerns end,
    times = case when last.run_id = excluded.run_id then last.times
                 when last.outcome = excluded.outcome and last.concerns is not distinct from excluded.concerns then last.times + 1
                 else 1 end
where last.ended_at <= excluded.ended_at`;

const FORGET = `delete from responder.last_end where playbook = $1 and target_key = $2`;

/** In the transaction that ends the run. May be repeated. */
export async function keepLastEnd(on: Queryable, ending: Ending): Promise<void> {
  const { playbook, target, run, at, outcome, severity, concerns, repeats, isOver } = ending;
  const of = [playbook, targetKey(target)];
  if (isOver || outcome === 'resolved' || outcome === 'self-healed') {
    await on.query(FORGET, of);
    return;
  }
  const kept = concerns === null ? null : storableJson(concerns);
  await on.query(KEEP, [...of, storableJson(target), run, at, outcome, severity, kept, repeats]);
}

const CHECKED = `
update responder.last_end set checked_at = $3, concerns = coalesce($4, concerns) where playbook = $1 and target_key = $2`;

/** A check has found nothing new: what of the concerns still stands, if that was found out. */
export async function keepChecked(
  ledger: Ledger,
  playbook: string,
  at: string,
  checked: readonly { readonly target: Target; readonly standing: readonly string[] | undefined }[],
): Promise<void> {
  for (const { target, standing } of checked)
    await ledger.query(CHECKED, [
      playbook,
      targetKey(target),
      at,
      standing === undefined ? null : storableJson(standing),
    ]);
}
