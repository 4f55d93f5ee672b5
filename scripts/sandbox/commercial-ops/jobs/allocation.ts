import type { Pool } from 'pg';
import { firstDay, nextFirstDay, startOf } from '../period.ts';
import { ALLOCATE, CATEGORIES_WITHOUT_RULE, FORGET, SUMMARY } from './allocation-sql.ts';
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
 * @throws JobRefused for a closed period or an old fence; Error when a category has no rule
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
    const { rows } = await client.query<Allocated>(SUMMARY, [start, first]);
    return rows[0] ?? { rows: 0, raw_usd: null, allocated_usd: null };
  });
}
