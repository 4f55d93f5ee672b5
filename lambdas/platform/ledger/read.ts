import type { Pool, QueryConfig } from 'pg';
import type { Evidence } from '../../domain/evidence.ts';
import { transaction } from './transaction.ts';

export interface LedgerAnswer<Row> {
  readonly rows: Row[];
  readonly evidence: Evidence;
}

export interface LedgerReader {
  /** Runs one statement in a read-only transaction: the server refuses it if it writes. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<LedgerAnswer<Row>>;
}

/** The ledger as probes see it. */
export function readLedger(pool: () => Pool): LedgerReader {
  return {
    async query<Row extends object>(
      sql: string,
      values: readonly unknown[] = [],
    ): Promise<LedgerAnswer<Row>> {
      const { rows } = await transaction(
        pool(),
        (client) => client.query<Row>(oneStatement(sql, values)),
        'read only',
      );
      const parameters: Record<string, unknown> = Object.fromEntries(
        values.map((value, i) => [`$${i + 1}`, value]),
      );
      return { rows, evidence: { source: 'ledger', query: sql, parameters, rows } };
    },
  };
}

/**
 * Of pg's two protocols the one that takes a single statement, also without values: in the other a `commit; …`
 * would leave the read-only transaction.
 */
const oneStatement = (text: string, values: readonly unknown[]): QueryConfig & { queryMode: 'extended' } => ({
  text,
  values: [...values],
  queryMode: 'extended',
});
