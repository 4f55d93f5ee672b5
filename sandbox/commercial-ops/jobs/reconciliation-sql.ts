import { NO_SERVICE } from './allocation-sql.ts';
import { TAGGABLE, UNTAGGED } from './taggable.ts';

/** Within this the two sides balance; up to twice as much is a warning. Percent. */
export const TOLERANCE_PCT = '0.5';
const WARNING_PCT = '1';
/** No invoice shows less: a smaller difference is none, however small the costs. */
const FLOOR_USD = '0.01';
/** Invoices are in cents. */
const INVOICE_TOLERANCE_USD = '0.01';

/** Whether AWS's report of the period is complete: usage has been reported to its end. $1 first moment, $2 end, $3 first day */
export const FINAL = `
select coalesce(max(line_item_usage_end_date), '-infinity') >= $2::timestamptz
       and (select state from period_state where period_start = $3::date) <> 'open' as final
from fact_cost_raw
where bill_billing_period_start_date = $1::timestamptz and line_item_line_item_type = 'Usage'`;

/** What was invoiced by service, and what the allocation says is owed, to the cent and tenant by tenant. $2 first day */
const INVOICED = `
part as (
  select tenant_id, service, sum(allocated_cost_usd) as cost
  from fact_cost_allocated where period_start = $2::date group by 1, 2
),
billed as (
  select invoice_id, tenant_id from invoice_header where period_start = $2::date and status in ('issued', 'paid')
),
line as (
  select tenant_id, metric_code as service, sum(amount_usd) as amount
  from invoice_detail join billed using (invoice_id) where line_type = 'allocation' group by 1, 2
),
invoiced as (
  select service, sum(coalesce(amount, 0)) as invoiced, sum(coalesce(round(cost, 2), 0)) as due,
         sum(abs(coalesce(amount, 0) - coalesce(round(cost, 2), 0))) as gap
  from (select * from part where tenant_id in (select tenant_id from billed)) part
  full join line using (tenant_id, service)
  group by 1
)`;

/**
 * Recomputes the reconciliation by service and (service null) as a whole. The operator's overhead is entered by people:
 * it is kept. The whole is no better than its worst service. What a person marked resolved stays so while it balances.
 *
 * $1 first moment of the period, $2 its first day, $3 the next period's, $4 recon_id, $5 whether the CUR is final, $6 created_at
 */
export const RECONCILE = `
with raw as (
  select coalesce(nullif(product_servicecode, ''), '${NO_SERVICE}') as service, round(sum(line_item_unblended_cost), 6) as aws
  from fact_cost_raw where bill_billing_period_start_date = $1::timestamptz group by 1
),
${INVOICED},
allocated as (select service, sum(cost) as allocated from part group by 1),
known as (
  select service, operator_overhead_usd as overhead, status from recon_summary where recon_id = $4
),
side as (
  select service, coalesce(aws, 0) as aws, coalesce(allocated, 0) as allocated, invoiced, coalesce(gap, 0) as gap,
         coalesce((select overhead from known where known.service = both_sides.service), 0) as overhead
  from (raw full join allocated using (service) full join invoiced using (service)) both_sides
),
total as (
  select service, sum(aws) as aws, sum(allocated) as allocated, sum(invoiced) as invoiced, max(gap) as gap,
         case when service is null and sum(overhead) = 0
              then coalesce((select overhead from known where known.service is null), 0) else sum(overhead) end as overhead
  from side group by grouping sets ((service), ())
),
compared as (
  select *, allocated + overhead - aws as variance,
         case when aws = 0 and allocated + overhead = 0 then null
              when abs(allocated + overhead - aws) <= ${FLOOR_USD} then 0
              when aws <> 0 then round(100 * (allocated + overhead - aws) / aws, 6) end as pct
  from total where aws is not null
),
judged as (
  select *, case
    when gap > ${INVOICE_TOLERANCE_USD} then 3
    when pct is null then case when variance = 0 then 0 else 3 end
    when abs(pct) <= ${TOLERANCE_PCT} then 0
    when abs(pct) <= ${WARNING_PCT} then 1
    else 3 end as grade
  from compared
),
worst as (
  select judged.*, case when service is null then max(grade) over () else grade end as worst from judged
),
gone as (
  delete from recon_summary where recon_id = $4 and service is not null and service not in (select service from side)
)
insert into recon_summary
  (recon_id, service, period_start, period_end, aws_total_usd, allocated_total_usd, invoiced_total_usd,
   operator_overhead_usd, variance_usd, variance_pct, status, created_at)
select $4, service, $2::date, $3::date, aws, allocated, invoiced, overhead, variance, pct,
       case
         when worst = 0 and exists (select from known where known.service is not distinct from worst.service
                                                        and known.status = 'resolved') then 'resolved'
         when gap > ${INVOICE_TOLERANCE_USD} then 'failed'
         when not $5::boolean then 'provisional'
         when worst = 0 then 'ok' when worst = 1 then 'warning' else 'failed' end,
       $6::timestamptz
from worst
on conflict (recon_id, service) do update
set aws_total_usd = excluded.aws_total_usd, allocated_total_usd = excluded.allocated_total_usd,
    invoiced_total_usd = excluded.invoiced_total_usd, operator_overhead_usd = excluded.operator_overhead_usd,
    variance_usd = excluded.variance_usd, variance_pct = excluded.variance_pct, status = excluded.status,
    created_at = excluded.created_at`;

/**
 * What is wrong, by category; each id follows from period, category and service, so that a later run finds it again.
 * Read from the summary just written. $1 first moment, $2 first day, $3 recon_id, $4 period, $5 whether final, $6 created_at
 */
export const EXCEPTIONS = `
with row as (select * from recon_summary where recon_id = $3 and service is not null),
${INVOICED},
tags as (
  select coalesce(sum(abs(line_item_unblended_cost)) filter (where ${UNTAGGED}), 0) as untagged,
         sum(abs(line_item_unblended_cost)) as total
  from fact_cost_raw where bill_billing_period_start_date = $1::timestamptz and ${TAGGABLE}
),
found as (
  select 'Allocation' as category, service, variance_pct as pct,
         service || ': allocated ' || allocated_total_usd || ' USD and overhead ' || operator_overhead_usd ||
         ' USD of ' || aws_total_usd || ' USD' as description
  from row where abs(variance_pct) > ${TOLERANCE_PCT} or (variance_pct is null and variance_usd <> 0)
  union all
  select 'Invoice', service, null, service || ': invoiced ' || invoiced || ' USD, due ' || due || ' USD'
  from invoiced where gap > ${INVOICE_TOLERANCE_USD}
  union all
  select 'Tagging', null, round(100 * untagged / total, 6),
         round(100 * untagged / total, 2) || ' % of the taggable cost carries no tenant or no plan'
  from tags where total > 0 and 100 * untagged / total > ${TOLERANCE_PCT}
  union all
  select 'Timing', null, null, 'The cost report of ' || $4::text || ' is not final: usage to the end of the month is not in it yet'
  where not $5::boolean
)
insert into recon_exceptions (exception_id, recon_id, category, description, variance_pct, status, created_at)
select concat_ws('-', 'EXC', $4::text, category, replace(service, ' ', '-')), $3, category, description, pct, 'open', $6::timestamptz
from found
on conflict (exception_id) do update
set description = excluded.description, variance_pct = excluded.variance_pct, status = 'open',
    created_at = case when recon_exceptions.status = 'open' then recon_exceptions.created_at else excluded.created_at end
returning exception_id, category`;

/** FX never arises here, so an FX exception is a person's. $1 recon_id, $2 ids that were found again */
export const RESOLVE_VANISHED = `
update recon_exceptions set status = 'resolved'
where recon_id = $1 and status = 'open' and category <> 'FX' and exception_id <> all ($2)`;
