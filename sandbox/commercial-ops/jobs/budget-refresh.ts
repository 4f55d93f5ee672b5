import type { Pool } from 'pg';
import { firstDay, nextFirstDay } from '../period.ts';
import { asJobRun, type JobOrder, type JobResult } from './job-run.ts';

export interface BudgetsRefreshed {
  readonly refreshed: number;
  /** Ids of budgets whose scope no longer exists: they stay as they were. */
  readonly skipped: readonly string[];
}

/** A tenant that changed its plan counts for the plan it had last in the period. */
const REFRESH = `
with cost as (
  select tenant_id, sum(allocated_cost_usd) as actual
  from fact_cost_allocated where period_start = $2::date group by 1
),
bound as (
  select distinct on (tenant_id) tenant_id, plan_code
  from tenant_plan_binding
  where period_start < $3::date and coalesce(period_end, 'infinity') > $2::date and status in ('active', 'expired')
  order by tenant_id, period_start desc
),
scope as (
  select 'tenant' as scope_type, tenant_id as scope_ref, coalesce(actual, 0) as actual
  from tenant_master left join cost using (tenant_id) where status <> 'closed'
  union all
  select 'plan', plan_code, coalesce(sum(actual), 0)
  from plan_master left join bound using (plan_code) left join cost using (tenant_id) group by plan_code
  union all
  select 'platform', null, (select coalesce(sum(actual), 0) from cost)
)
update budget_master budget
set actual_usd = round(scope.actual, 6), last_refreshed_at = $4::timestamptz,
    status = case
      when scope.actual >= target_usd * coalesce((thresholds_json->>'breach')::numeric, 1.0) then 'breached'
      when scope.actual >= target_usd * coalesce((thresholds_json->>'warning')::numeric, 0.8) then 'warning'
      else 'ok' end
from scope
where budget.period = $1 and scope.scope_type = budget.scope_type
  and (budget.scope_type = 'platform' or scope.scope_ref = budget.scope_ref)
returning budget_id`;

/**
 * `budget_refresh_prod`: recomputes what has been spent of each budget of the open period, from its allocated costs.
 * @throws JobRefused for a period that is not open, or an old fence
 */
export async function refreshBudgets(
  pool: Pool,
  order: JobOrder,
  now: () => Date,
): Promise<JobResult<BudgetsRefreshed>> {
  return asJobRun(
    pool,
    'budget_refresh_prod',
    order,
    now,
    async (client) => {
      const { period } = order;
      const values = [period, firstDay(period), nextFirstDay(period), now().toISOString()];
      const { rows: done } = await client.query<{ budget_id: string }>(REFRESH, values);
      const { rows: skipped } = await client.query<{ budget_id: string }>(
        'select budget_id from budget_master where period = $1 and budget_id <> all ($2) order by 1',
        [period, done.map(({ budget_id }) => budget_id)],
      );
      const result = { refreshed: done.length, skipped: skipped.map(({ budget_id }) => budget_id) };
      const what = `refreshed ${result.refreshed} budgets, skipped ${result.skipped.length} without a scope`;
      return {
        result,
        change: { action: 'budgets.refreshed', objectType: 'period', objectId: period, what },
      };
    },
    ['open'],
  );
}
