import type { Pool } from 'pg';
import { startOf } from '../period.ts';
import { asJobRun, type JobOrder, type JobResult } from './job-run.ts';
import { PLAN, TAGGABLE, TENANT, UNTAGGED } from './taggable.ts';

export interface TagsSynced {
  /** Lines that got a tag. */
  readonly lines: number;
  readonly stillUntagged: number;
}

/** A line that names another owner than the inventory does is left alone: half of each would be nobody's. */
const SYNC = `
update fact_cost_raw
set resource_tags_user_tenant_id = owner.tenant_id, resource_tags_user_plan_id = owner.plan_code
from resource_inventory owner
where bill_billing_period_start_date = $1::timestamptz and ${TAGGABLE} and ${UNTAGGED}
  and owner.resource_id = line_item_resource_id and not owner.quarantined
  and owner.tenant_id is not null and owner.plan_code is not null
  and coalesce(${TENANT}, owner.tenant_id) = owner.tenant_id and coalesce(${PLAN}, owner.plan_code) = owner.plan_code`;

const LEFT = `
select count(*)::int as left from fact_cost_raw
where bill_billing_period_start_date = $1::timestamptz and ${TAGGABLE} and ${UNTAGGED}`;

/**
 * `tag_sync`: copies tenant and plan from the inventory onto untagged cost lines of an open or closing period, in the
 * ledger's copy. Never overwrites a tag; quarantined resources are left out.
 * @throws JobRefused for a closed period or an old fence
 */
export async function syncTags(pool: Pool, order: JobOrder, now: () => Date): Promise<JobResult<TagsSynced>> {
  return asJobRun(pool, 'tag_sync', order, now, async (client) => {
    const start = startOf(order.period).toISOString();
    const { rowCount } = await client.query(SYNC, [start]);
    const { rows } = await client.query<{ left: number }>(LEFT, [start]);
    const result = { lines: rowCount ?? 0, stillUntagged: rows[0]?.left ?? 0 };
    const what = `tagged ${result.lines} cost lines from the inventory, ${result.stillUntagged} are still untagged`;
    return {
      result,
      change:
        result.lines === 0
          ? null
          : { action: 'costs.tagged', objectType: 'period', objectId: order.period, what },
    };
  });
}
