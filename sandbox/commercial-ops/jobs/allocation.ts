import type { Pool, PoolClient } from 'pg';
import { firstDay, nextFirstDay, startOf, type Period } from '../period.ts';
import { ALLOCATE, CATEGORIES_WITHOUT_RULE, FORGET, SUMMARY, UNWEIGHTED } from './allocation-sql.ts';
import { asJobRun, type JobOrder, type JobResult } from './job-run.ts';

export interface AllocationOrder extends JobOrder {
  /** By default the newest version in effect, or the pinned one. */
  readonly ruleVersion?: number | undefined;
}

export interface Allocated {
  readonly rows: number;
  /** Decimals as text; null where there was no cost at all. */
  readonly raw_usd: string | null;
  readonly allocated_usd: string | null;
}

/**
 * `allocation_runner`: recomputes `fact_cost_allocated` of an open or closing period from its raw costs.
 * @throws JobRefused for a closed period or an old fence; Error when a category has no rule, or its key totals zero
 */
export async function runAllocation(
  pool: Pool,
  order: AllocationOrder,
  now: () => Date,
): Promise<JobResult<Allocated>> {
  return asJobRun(pool, 'allocation_runner', order, now, async (client) => {
    const { period, ruleVersion = null } = order;
    const [first, next] = [firstDay(period), nextFirstDay(period)];
    const { rows: uncovered } = await client.query<{ category: string }>(CATEGORIES_WITHOUT_RULE, [
      first,
      next,
      ruleVersion,
    ]);
    if (uncovered.length > 0) {
      throw new Error(
        `rule_version_map has no rule with a key metric in ${period}${ruleVersion === null ? '' : `, version ${ruleVersion},`} ` +
          `for ${uncovered.map(({ category }) => category).join(', ')}: their shared cost would be lost`,
      );
    }
    await client.query(FORGET, [first]);
    const start = startOf(period).toISOString();
    await client.query(ALLOCATE, [start, first, next, ruleVersion, now().toISOString()]);
    await refuseUnweighted(client, period);
    const { rows } = await client.query<Allocated>(SUMMARY, [start, first]);
    const result = rows[0] ?? { rows: 0, raw_usd: null, allocated_usd: null };
    const what = `allocated ${result.allocated_usd ?? '0'} USD of ${result.raw_usd ?? '0'} USD in ${result.rows} rows`;
    return {
      result,
      change: { action: 'costs.allocated', objectType: 'period', objectId: period, what },
    };
  });
}

/** Splitting by a key that totals zero would be a division by nothing, and an even split a guess. */
async function refuseUnweighted(client: PoolClient, period: Period): Promise<void> {
  const { rows } = await client.query<{ category: string; key_metric: string; cost: string }>(UNWEIGHTED, [
    firstDay(period),
  ]);
  if (rows.length === 0) return;
  const pools = rows.map(({ category, key_metric, cost }) => `${category} (${cost} USD by ${key_metric})`);
  throw new Error(
    `the key total is zero for the shared cost of ${pools.join(', ')} in ${period}; wanted usage of those metrics in ` +
      `usage_snapshot_daily, or a rule with another key metric. Nothing was changed`,
  );
}
