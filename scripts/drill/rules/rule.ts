import type { Pool } from 'pg';
import type { LedgerState } from '../ledger-state.ts';

/** A breach of a financial rule, with the rows that show it. */
export interface Violation {
  readonly what: string;
  readonly rows: readonly unknown[];
}

/** A message to people or systems. */
export interface ToldMessage {
  readonly topic: string;
  readonly subject: string | null;
  readonly message: string;
}

/** A ledger after something has happened to it. */
export interface Examined {
  readonly pool: Pool;
  /** Right after the world was broken: what was wrong by then is nobody's breach. */
  readonly before: LedgerState;
  readonly after: LedgerState;
  /** Since then, by anybody but CloudWatch. */
  readonly told: readonly ToldMessage[];
}

/** One of the domain's seven financial rules, asked of the ledger alone: it knows neither playbooks nor jobs. */
export interface FinancialRule {
  readonly number: number;
  readonly title: string;
  check(examined: Examined): Promise<readonly Violation[]>;
}

/** A violation when there are rows, none when there are none. */
export const shown = (what: string, rows: readonly unknown[]): Violation[] =>
  rows.length === 0 ? [] : [{ what, rows }];
