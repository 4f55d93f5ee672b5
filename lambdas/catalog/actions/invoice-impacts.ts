import type { ReadTools } from '../../platform/clients.ts';
import { periodStart, shiftPeriod } from '../../domain/billing-period.ts';
import type { Impact } from '../../domain/impact.ts';
import { impactInLedger } from './impact.ts';
import { TOP_UP_DAYS } from './top-up-sql.ts';

/** Its plans pro rata, its allocated cost by service, and what is on the open invoice. */
const EMITTING = `
with line as (
  select round(base_price_usd * proration_factor, 2) as usd
  from tenant_plan_binding binding join plan_master using (plan_code)
  where binding.tenant_id = $1 and binding.period_start < $3::date
    and coalesce(binding.period_end, 'infinity') > $2::date and binding.status in ('active', 'expired')
  union all
  select round(sum(allocated_cost_usd), 2)
  from fact_cost_allocated where tenant_id = $1 and period_start = $2::date group by service
  union all
  select amount_usd
  from invoice_detail join invoice_header using (invoice_id)
  where tenant_id = $1 and period_start = $2::date and status = 'open' and line_type in ('topup', 'adjustment')
)
select 1 + count(*)::int as rows, coalesce(sum(usd), 0)::text as usd, array[$1::text] as tenants from line`;

/** Issuing an invoice: its header and lines, and its total. */
export const emittingImpact = (period: string, tenant: string, tools: ReadTools): Promise<Impact> =>
  impactInLedger(tools, EMITTING, [tenant, ...bounds(period)]);

const SETTLING = `
select count(*)::int as rows, coalesce(sum(total_usd), 0)::text as usd,
       coalesce(array_agg(tenant_id), '{}') as tenants
from invoice_header where invoice_id = $1`;

export const settlingImpact = (invoice: string, tools: ReadTools): Promise<Impact> =>
  impactInLedger(tools, SETTLING, [invoice]);

const TOPPING_UP = `
select 2 + count(*)::int as rows, round($6::numeric, 2)::text as usd, array[$1::text] as tenants
from usage_snapshot_daily where ${TOP_UP_DAYS}`;

/** A top-up: header, line and the days whose cap grows; its price. */
export const toppingUpImpact = (
  of: { period: string; tenant: string; metric: string; price: string; now: Date },
  tools: ReadTools,
): Promise<Impact> =>
  impactInLedger(tools, TOPPING_UP, [
    of.tenant,
    of.metric,
    ...bounds(of.period),
    of.now.toISOString(),
    of.price,
  ]);

const bounds = (period: string): string[] => [periodStart(period), periodStart(shiftPeriod(period, 1))];
