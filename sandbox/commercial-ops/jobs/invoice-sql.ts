import type { PoolClient } from 'pg';
import { firstDay, nextFirstDay, type Period } from '../period.ts';

/** SQL: the binding counts for the period. $1 its first day, $2 the next period's. */
export const BOUND = `(binding.period_start < $2::date and coalesce(binding.period_end, 'infinity') > $1::date
  and binding.status in ('active', 'expired'))`;

/** SQL: the requested tenant, or all. */
const WANTED = `($3::text is null or tenant_id = $3)`;

/** An open header that is there already (top-ups are put on it) is used. */
const HEADERS = `
insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd)
select distinct 'INV-' || to_char($1::date, 'YYYY-MM') || '-' || tenant_id, tenant_id, $1::date, $2::date, 'open', 0, 0, 0
from tenant_plan_binding binding where ${BOUND} and ${WANTED}
on conflict (tenant_id, period_start) do nothing`;

/** What an interrupted attempt may have left; top-ups and adjustments stay. */
const FORGET = `
delete from invoice_detail using invoice_header header
where header.invoice_id = invoice_detail.invoice_id and header.period_start = $1::date and header.status = 'open'
  and ${WANTED} and line_type in ('subscription', 'allocation') and $2::date is not null`;

/** The price of each plan that the tenant had, for its part of the period. */
const SUBSCRIPTION_LINES = `
insert into invoice_detail (invoice_id, line_type, quantity, unit, unit_price_usd, amount_usd, reference_ids)
select invoice_id, 'subscription', proration_factor, 'month', base_price_usd, round(base_price_usd * proration_factor, 2),
       jsonb_build_array(plan_code)
from invoice_header header
join tenant_plan_binding binding using (tenant_id)
join plan_master using (plan_code)
where header.period_start = $1::date and header.status = 'open' and ${BOUND} and ${WANTED}
order by tenant_id, plan_code`;

/** Its allocated cost by service, to the cent. */
const ALLOCATION_LINES = `
insert into invoice_detail (invoice_id, line_type, metric_code, quantity, unit, unit_price_usd, amount_usd, reference_ids)
select invoice_id, 'allocation', service, 1, 'service', round(sum(allocated_cost_usd), 2),
       round(sum(allocated_cost_usd), 2), jsonb_agg(distinct rule_id)
from invoice_header header
join fact_cost_allocated cost using (tenant_id, period_start)
where period_start = $1::date and header.status = 'open' and ${WANTED} and $2::date is not null
group by invoice_id, tenant_id, service
having round(sum(allocated_cost_usd), 2) <> 0
order by tenant_id, service`;

/** The total is what the lines add up to. Nothing is taxed here. */
const ISSUE = `
update invoice_header header set status = 'issued', issued_at = $4::timestamptz, subtotal_usd = lines.total, tax_usd = 0,
  total_usd = lines.total
from (select invoice_id, sum(amount_usd) as total from invoice_detail group by 1) lines
where lines.invoice_id = header.invoice_id and header.period_start = $1::date and header.status = 'open'
  and ${WANTED} and $2::date is not null
returning header.invoice_id, tenant_id, total_usd::text`;

export interface IssuedInvoice {
  readonly invoice_id: string;
  readonly tenant_id: string;
  readonly total_usd: string;
}

/**
 * Issues the invoices of a period from its allocated costs and its tenants' plans, within the caller's transaction.
 * @param tenantId by default every tenant that was bound to a plan
 */
export async function issueInvoices(
  client: PoolClient,
  period: Period,
  issuedAt: string,
  tenantId: string | null = null,
): Promise<IssuedInvoice[]> {
  const values = [firstDay(period), nextFirstDay(period), tenantId];
  for (const sql of [HEADERS, FORGET, SUBSCRIPTION_LINES, ALLOCATION_LINES]) await client.query(sql, values);
  return (await client.query<IssuedInvoice>(ISSUE, [...values, issuedAt])).rows;
}
