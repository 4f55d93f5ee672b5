import type { Evidence } from '../../domain/evidence.ts';
import { Looks, type Connections } from './looks.ts';
import type { Queryable } from './queryable.ts';

export type { Connections } from './looks.ts';

export interface LedgerAnswer<Row> {
  readonly rows: Row[];
  readonly evidence: Evidence;
}

export interface LedgerReader {
  /** One statement in a read-only transaction: the server refuses writes. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<LedgerAnswer<Row>>;
  /** The same for the record, which keeps no evidence about itself. */
  readonly looks: Queryable;
}

/** @param named puts a statement into the names of the deployment's tables */
export function readLedger(pool: () => Connections, named = (sql: string): string => sql): LedgerReader {
  const looks = new Looks(pool);
  return {
    looks,
    async query<Row extends object>(
      statement: string,
      values: readonly unknown[] = [],
    ): Promise<LedgerAnswer<Row>> {
      const sql = named(statement);
      const { rows } = await looks.query<Row>(sql, values);
      const parameters: Record<string, unknown> = Object.fromEntries(
        values.map((value, i) => [`$${i + 1}`, value]),
      );
      return { rows, evidence: { source: 'ledger', query: sql, parameters, rows } };
    },
  };
}
