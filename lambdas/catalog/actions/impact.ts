import type { ReadTools } from '../../platform/clients.ts';
import type { Impact } from '../../domain/impact.ts';

/** For an action that only waits. */
export const NO_IMPACT: Impact = { rows: 0, usd: '0', tenants: [] };

/** For things that are neither money nor a tenant's figures. */
export const impactOn = (rows: number): Impact => ({ ...NO_IMPACT, rows });

/**
 * An impact counted by the ledger.
 * @param sql one row of `rows` (int), `usd` (numeric as text) and `tenants` (text[])
 * @throws when there is no such row: unknown is not zero
 */
export async function impactInLedger(
  { ledger }: ReadTools,
  sql: string,
  values: readonly unknown[],
): Promise<Impact> {
  const { rows } = await ledger.query<{ rows: number; usd: string; tenants: string[] }>(sql, values);
  const [row] = rows;
  if (row === undefined) throw new Error('the ledger foresees no effect: it answered 0 rows; wanted 1');
  return { rows: row.rows, usd: row.usd, tenants: row.tenants };
}
