import type { Trust } from '../domain/limits.ts';
import { allRows, type Queryable } from '../platform/ledger/queryable.ts';

/** A kill switch that a person has set: for a playbook, or `all`. */
export interface Switch {
  readonly scope: string;
  readonly paused: boolean;
  readonly since: Date;
  readonly by: string;
  readonly reason: string;
}

const SWITCHES = `select scope, paused, since, by, reason from responder.switch order by scope`;

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
  readonly resetAt: Date | null;
}

const STANDINGS = `
select playbook, trust, trust_since as "trustSince", trust_by as "trustBy", breaker_since as "breakerSince",
       breaker_why as "breakerWhy", reset_at as "resetAt"
from responder.standing order by playbook`;

export const standingsOf = (on: Queryable): Promise<PlaybookStanding[]> =>
  allRows<PlaybookStanding>(on, STANDINGS);
