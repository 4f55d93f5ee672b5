import type { Trust } from '../domain/limits.ts';
import { orderWaits } from './announcements.ts';
import { LAST_RESET, OPEN_BREAKER, ORDERED_TRUST } from './standing.ts';
import { allRows, type Queryable } from '../platform/ledger/queryable.ts';

/** A kill switch that a person has set: for a playbook, or `all`. */
export interface Switch {
  readonly scope: string;
  readonly paused: boolean;
  readonly since: Date;
  readonly by: string;
  readonly reason: string;
}

const SWITCHES = `
select scope, paused or ${orderWaits('resume', 'switch.scope')} as paused, since, by, reason from responder.switch order by scope`;

export const switchesOf = (on: Queryable): Promise<Switch[]> => allRows<Switch>(on, SWITCHES);

/** Null: never set. */
export interface PlaybookStanding {
  readonly playbook: string;
  /** Null: the configured level. */
  readonly trust: Trust | null;
  readonly trustSince: Date | null;
  readonly trustBy: string | null;
  /** Another level is ordered, or its breaker closed, in effect once people are notified: the sweep retries it. */
  readonly waits: boolean;
  /** Null: its breaker is not open. */
  readonly breakerSince: Date | null;
  readonly breakerWhy: string | null;
}

/** What people are not notified of yet does not count: until then it is as the audit's last order before it says. */
const STANDINGS = `
select playbook, case when raised then ordered else trust end as trust,
       case when not raised then trust_since end as "trustSince", case when not raised then trust_by end as "trustBy",
       raised or closed as waits, coalesce(breaker_since, (open ->> 'since')::timestamptz) as "breakerSince",
       coalesce(breaker_why, open ->> 'why') as "breakerWhy"
from (select standing.*, ${orderWaits('trust', 'playbook')} as raised, ${ORDERED_TRUST('playbook')} as ordered,
             ${orderWaits('reset', 'playbook')} as closed from responder.standing) standing
left join lateral ${OPEN_BREAKER('playbook')} found(open) on closed
order by playbook`;

export const standingsOf = (on: Queryable): Promise<PlaybookStanding[]> =>
  allRows<PlaybookStanding>(on, STANDINGS);

const RESETS = `select playbook, ${LAST_RESET('standing.playbook')} as at from responder.standing`;

/** When a person last closed each playbook's breaker, according to the audit. */
export const resetsOf = async (on: Queryable): Promise<ReadonlyMap<string, Date>> => {
  const rows = await allRows<{ playbook: string; at: Date | null }>(on, RESETS);
  return new Map(rows.flatMap(({ playbook, at }) => (at ? [[playbook, at]] : [])));
};
