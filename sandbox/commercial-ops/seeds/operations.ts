import type { PoolClient } from 'pg';
import { firstDay, type Period } from '../period.ts';

export type PeriodStateName = 'open' | 'closing' | 'closed';

export async function setPeriodState(
  client: Pick<PoolClient, 'query'>,
  period: Period,
  state: PeriodStateName,
  at: Date,
  lockedBy: string | null = null,
): Promise<void> {
  await client.query(
    `insert into period_state (period_start, state, locked_by_recon, changed_at) values ($1, $2, $3, $4)
     on conflict (period_start) do update
     set state = excluded.state, locked_by_recon = excluded.locked_by_recon, changed_at = excluded.changed_at`,
    [firstDay(period), state, lockedBy, at.toISOString()],
  );
}

/** Budgets of tenants, plans and the platform, all with room left. $1 period, $2 its first day, $3 refreshed at. */
const BUDGETS = `
with cost as (
  select tenant_id, plan_code, coalesce(sum(allocated_cost_usd), 0) as actual
  from tenant_master join tenant_plan_binding using (tenant_id)
  left join (select * from fact_cost_allocated where period_start = $2::date) allocated using (tenant_id)
  group by 1, 2
),
scope as (
  select 'tenant' as scope_type, tenant_id as scope_ref, actual from cost
  union all select 'plan', plan_code, sum(actual) from cost group by plan_code
  union all select 'platform', null, sum(actual) from cost
)
insert into budget_master
  (budget_id, scope_type, scope_ref, metric_type, period, target_usd, actual_usd, thresholds_json, status, last_refreshed_at)
select 'BUD-' || $1 || '-' || coalesce(scope_ref, 'PLATFORM'), scope_type, scope_ref, 'cost_usd', $1,
       greatest(100, round(actual * 2, 2)), round(actual, 6), '{"warning": 0.8, "breach": 1.0}', 'ok', $3::timestamptz
from scope`;

/** The resources that the lines of open and closing months name, as provisioning knows them. */
const INVENTORY = `
insert into resource_inventory (resource_id, tenant_id, plan_code, tags, quarantined)
select distinct on (line_item_resource_id) line_item_resource_id, tenant_id, plan_code,
       jsonb_build_object('tenant_id', tenant_id, 'plan_id', plan_code), false
from fact_cost_raw
join tenant_master on tenant_id = resource_tags_user_tenant_id
join plan_master on plan_code = resource_tags_user_plan_id
join period_state on bill_billing_period_start_date = period_start::timestamp at time zone 'UTC' and state <> 'closed'
where line_item_resource_id is not null
order by line_item_resource_id, period_start desc
on conflict do nothing`;

/** Budgets refreshed three hours ago, and the inventory of what is running. */
export async function seedOperations(client: PoolClient, period: Period, now: Date): Promise<void> {
  const refreshed = new Date(now.getTime() - 3 * 3_600_000).toISOString();
  await client.query(BUDGETS, [period, firstDay(period), refreshed]);
  await client.query(INVENTORY);
}
