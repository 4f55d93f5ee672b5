import type { Trust } from '../domain/limits.ts';
import { resumeWaits } from './announcements.ts';
import { LAST_RESET } from './standing.ts';
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
select scope, paused or ${resumeWaits('switch.scope')} as paused, since, by, reason from responder.switch order by scope`;

export const switchesOf = (on: Queryable): Promise<Switch[]> => allRows<Switch>(on, SWITCHES);

/** Null: never set. */
export interface PlaybookStanding {
  readonly playbook: string;
  /** Null: the configured level. */
  readonly trust: Trust | null;
  readonly trustSince: Date | null;
  readonly trustBy: string | null;
  /** Null: its breaker is not open. */
  readonly breakerSince: Date | null;
  readonly breakerWhy: string | null;
}

const STANDINGS = `
select playbook, trust, trust_since as "trustSince", trust_by as "trustBy", breaker_since as "breakerSince",
       breaker_why as "breakerWhy"
from responder.standing order by playbook`;

export const standingsOf = (on: Queryable): Promise<PlaybookStanding[]> =>
  allRows<PlaybookStanding>(on, STANDINGS);

const RESETS = `select playbook, ${LAST_RESET('standing.playbook')} as at from responder.standing`;

/** When a person last closed each playbook's breaker, according to the audit. */
export const resetsOf = async (on: Queryable): Promise<ReadonlyMap<string, Date>> => {
  const rows = await allRows<{ playbook: string; at: Date | null }>(on, RESETS);
  return new Map(rows.flatMap(({ playbook, at }) => (at ? [[playbook, at]] : [])));
};
