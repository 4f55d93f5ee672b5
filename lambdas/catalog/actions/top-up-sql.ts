/** The days of the signal that are in the month: $5 now. */
export const TOP_UP_DAYS = `tenant_id = $1 and metric_code = $2 and usage_date >= $3::date and usage_date < $4::date
  and usage_date >= ($5::timestamptz at time zone 'UTC')::date - 1 and usage_date <= ($5::timestamptz at time zone 'UTC')::date`;

export const TOP_UP = {
  header: `
insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd)
values ($1, $2, $3::date, $4::date, 'open', 0, 0, 0)
on conflict (tenant_id, period_start) do nothing`,
  lockHeader: `
select invoice_id, status from invoice_header where tenant_id = $1 and period_start = $2::date for update`,
  period: `select state from period_state where period_start = $1::date`,
  given: `
select count(*)::int as count from invoice_detail where invoice_id = $1 and metric_code = $2 and line_type = 'topup'`,
  breach: `
with day as (select usage_date, utilization, cap_value, metric_value from usage_snapshot_daily where ${TOP_UP_DAYS} order by usage_date for update)
select max(usage_date)::text as day, count(*) filter (where utilization >= 1)::int as rows,
       bool_and(cap_value > 0) as sane,
       bool_and(metric_value < cap_value + $6::numeric) as enough
from day`,
  plan: `
select step_value = $4::numeric as step, price_usd = $5::numeric as price, auto, max_per_period as most, coalesce(unit, 'step') as unit
from tenant_plan_binding binding
join plan_topup using (plan_code)
left join plan_metric_map using (plan_code, metric_code)
where binding.tenant_id = $1 and plan_topup.metric_code = $2 and binding.status = 'active'
  and binding.period_start <= $3::date and coalesce(binding.period_end, 'infinity') > $3::date`,
  // To the cent, as on every line. One step is one item, whatever its size.
  line: `
insert into invoice_detail (invoice_id, line_type, metric_code, quantity, unit, unit_price_usd, amount_usd, reference_ids)
values ($1, 'topup', $2, $3::numeric, $4, round($5::numeric / $3::numeric, 6), round($5::numeric, 2), $6::jsonb)`,
  total: `
update invoice_header set subtotal_usd = lines.total, total_usd = lines.total + tax_usd
from (select sum(amount_usd) as total from invoice_detail where invoice_id = $1) lines
where invoice_id = $1`,
  // One step is enough; the column has six digits, and what is below the cap must not read as used up.
  raise: `
update usage_snapshot_daily
set cap_value = cap_value + $6::numeric, utilization = least(metric_value / (cap_value + $6::numeric), 0.999999),
    quota_event = case when metric_value >= cap_value + $6::numeric then 'EVENT_QUOTA_100'
                       when metric_value >= 0.95 * (cap_value + $6::numeric) then 'EVENT_QUOTA_95'
                       when metric_value >= 0.8 * (cap_value + $6::numeric) then 'EVENT_QUOTA_80' end,
    last_updated_at = $5::timestamptz
where ${TOP_UP_DAYS}`,
} as const;
