import type * as z from 'zod';
import { asPrinted } from './as-printed.ts';
import { defineProbe, type ProbeContext, type ProbeDefinition } from './definition.ts';

export interface LedgerProbe<T, V, Row> {
  readonly name: string;
  readonly question: string;
  /** Complete and bound to the target: decisions rest on it. */
  readonly sql: string;
  /** Values of `$1`, `$2`, …: time comes in here, never from `now()`. */
  readonly values: (context: ProbeContext<T>) => readonly unknown[];
  /** The runbook's own statements, unmodified: additional evidence. */
  readonly printed?: readonly string[];
  readonly value: z.ZodType<V>;
  /** pg gives numeric, bigint and date as text or Date, so cast in SQL. */
  readonly read: (rows: readonly Row[]) => V;
  describe(value: V): string;
}

/** One statement on the ledger. */
export function ledgerProbe<T, V, Row extends object>(of: LedgerProbe<T, V, Row>): ProbeDefinition<T, V> {
  const { sql, values, printed = [], read, ...probe } = of;
  return defineProbe<T, V>({
    ...probe,
    queries: [...printed, sql],
    permissions: () => [],
    async run(context) {
      const { ledger } = context.tools;
      const { rows, evidence } = await ledger.query<Row>(sql, values(context));
      const kept = [];
      for (const query of printed) kept.push(await asPrinted('ledger', query, () => ledger.query(query)));
      return { value: read(rows), evidence: [evidence, ...kept] };
    },
  });
}
