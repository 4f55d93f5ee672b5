import type { PoolClient, QueryConfig } from 'pg';
import type { Evidence } from '../../domain/evidence.ts';
import { transaction } from './transaction.ts';

export interface LedgerAnswer<Row> {
  readonly rows: Row[];
  readonly evidence: Evidence;
}

export interface LedgerReader {
  /** One statement in a read-only transaction: the server refuses writes. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<LedgerAnswer<Row>>;
}

export interface Connections {
  connect(): Promise<PoolClient>;
}

/** @param named puts a statement into the names of the deployment's tables */
export function readLedger(pool: () => Connections, named = (sql: string): string => sql): LedgerReader {
  return {
    async query<Row extends object>(
      statement: string,
      values: readonly unknown[] = [],
    ): Promise<LedgerAnswer<Row>> {
      const sql = named(statement);
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
 * pg's extended protocol takes a single statement: in the other, `commit; …` would leave the read-only
 * transaction.
 */
const oneStatement = (text: string, values: readonly unknown[]): QueryConfig & { queryMode: 'extended' } => ({
  text,
  values: [...values],
  queryMode: 'extended',
});
