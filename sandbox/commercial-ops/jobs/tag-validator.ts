import type { Pool } from 'pg';
import { startOf } from '../period.ts';
import { asJobRun, type JobOrder, type JobResult } from './job-run.ts';
import { PLAN, TAGGABLE, TENANT } from './taggable.ts';

export interface TagsValidated {
  /** Resources of the period's taggable lines. */
  readonly checked: number;
  readonly nonCompliant: number;
  /** Into quarantine now, and out of it. */
  readonly quarantined: number;
  readonly released: number;
}

/**
 * One row a resource: `missing_tag` is null when it is compliant. Tags on all lines do not help a resource that
 * provisioning does not know, or that has no owner there.
 */
const CHECK = `
insert into tag_validation_log (run_id, resource_id, missing_tag, quarantined, checked_at)
select $2, line.resource_id, missing_tag, missing_tag is not null, $3::timestamptz
from (
  select line_item_resource_id as resource_id,
         bool_or(${TENANT} is null) as no_tenant, bool_or(${PLAN} is null) as no_plan
  from fact_cost_raw
  where bill_billing_period_start_date = $1::timestamptz and ${TAGGABLE} and line_item_resource_id is not null
  group by 1
) line
left join resource_inventory owner using (resource_id)
cross join lateral (
  select coalesce(
    nullif(concat_ws(',', case when no_tenant then 'tenant_id' end, case when no_plan then 'plan_id' end), ''),
    case when owner.resource_id is null then 'inventory' when owner.tenant_id is null then 'tenant_id' end) as missing_tag
) verdict
order by 2`;

const CHECKED = `select resource_id, missing_tag, quarantined from tag_validation_log where run_id = $1`;

const QUARANTINE = `
insert into resource_inventory (resource_id, quarantined)
select resource_id, true from (${CHECKED}) checked where quarantined
on conflict (resource_id) do update set quarantined = true where not resource_inventory.quarantined`;

const RELEASE = `
update resource_inventory set quarantined = false
from (${CHECKED}) checked
where checked.resource_id = resource_inventory.resource_id and not checked.quarantined and resource_inventory.quarantined`;

const COUNTS = `
select count(*)::int as checked, (count(*) filter (where quarantined))::int as bad from (${CHECKED}) checked`;

/**
 * `tag_validator`: re-checks the resources of an open or closing period's taggable lines, quarantines those without
 * a tag or an owner, releases the others, and logs each.
 * @throws JobRefused for a closed period or an old fence
 */
export async function validateTags(
  pool: Pool,
  order: JobOrder,
  now: () => Date,
): Promise<JobResult<TagsValidated>> {
  return asJobRun(pool, 'tag_validator', order, now, async (client) => {
    const { runId, period } = order;
    await client.query(CHECK, [startOf(period).toISOString(), runId, now().toISOString()]);
    const { rowCount: quarantined } = await client.query(QUARANTINE, [runId]);
    const { rowCount: released } = await client.query(RELEASE, [runId]);
    const { rows } = await client.query<{ checked: number; bad: number }>(COUNTS, [runId]);
    const result = {
      checked: rows[0]?.checked ?? 0,
      nonCompliant: rows[0]?.bad ?? 0,
      quarantined: quarantined ?? 0,
      released: released ?? 0,
    };
    const what = `checked ${result.checked} resources: ${result.quarantined} into quarantine, ${result.released} out of it`;
    return {
      result,
      change: { action: 'resources.validated', objectType: 'period', objectId: period, what },
    };
  });
}
