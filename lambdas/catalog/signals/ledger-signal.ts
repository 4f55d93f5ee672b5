import type { Signal } from './definition.ts';

/**
 * Measured by one statement on the ledger: columns are `value` and the dimensions; `$1` is the moment.
 * A row whose value is null is left out.
 */
export function ledgerSignal(signal: Omit<Signal, 'permissions' | 'measure'> & { sql: string }): Signal {
  const { sql, ...rest } = signal;
  return {
    ...rest,
    permissions: () => [],
    async measure({ now, tools }) {
      const { rows } = await tools.ledger.query<Record<string, unknown>>(
        sql,
        sql.includes('$1') ? [now.toISOString()] : [],
      );
      return rows.flatMap(({ value, ...dimensions }) =>
        value === null ? [] : [{ value: Number(value), dimensions: dimensions as Record<string, string> }],
      );
    },
  };
}
