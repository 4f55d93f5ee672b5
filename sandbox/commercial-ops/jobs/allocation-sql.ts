/** Lines without a service code (taxes, mostly) are allocated under this name, since a service is never null there. */
export const NO_SERVICE = 'Unattributed';

/** The categories of `domain.md`, from what AWS calls the service and its use. */
const CATEGORY = `case
  when line_item_usage_type like '%NatGateway%' then 'NAT'
  when line_item_usage_type like '%VpcEndpoint%' then 'PLINK'
  when line_item_usage_type like '%EBS:%' then 'EBS'
  when product_servicecode = 'AmazonCloudWatch' then 'CLOUDWATCH'
  when product_servicecode = 'AmazonS3' then 'S3'
  else 'OTHER' end`;

/**
 * Splits a period's raw cost over the tenants. What is tagged with a tenant's id is that tenant's; the rest
 * (shared) is split by the tenants' shares of the category's key metric. Where nobody used anything it is split
 * evenly, which `UNWEIGHTED` finds unless the pool is zero, too.
 * Each service's parts are rounded to money's six digits so that they add up to its rounded total: the digits
 * left over go to the parts that lost most.
 *
 * $1 first moment of the period, $2 its first day, $3 the next period's, $4 rule version or null for the newest
 * in effect, $5 created_at
 */
export const ALLOCATE = `
with line as (
  select coalesce(nullif(product_servicecode, ''), '${NO_SERVICE}') as service, ${CATEGORY} as category,
         tenant.tenant_id, identity_line_item_id as line_id, sum(line_item_unblended_cost) as cost
  from fact_cost_raw
  left join tenant_master tenant on tenant.tenant_id = resource_tags_user_tenant_id
  where bill_billing_period_start_date = $1::timestamptz and line_item_unblended_cost is not null
  group by 1, 2, 3, 4
),
pool as (
  select service, category, tenant_id, sum(cost) as cost,
         to_jsonb((array_agg(line_id order by line_id))[1:100]) as line_ids
  from line group by 1, 2, 3
),
rule as (
  select distinct on (category) category, rule_id, key_metric
  from rule_version_map
  where key_metric is not null and effective_from < $3::date and coalesce(effective_to, 'infinity') >= $2::date
    and ($4::int is null or version = $4)
  order by category, pinned desc, version desc
),
used as (
  select metric_code, tenant_id, sum(metric_value) as value
  from usage_snapshot_daily where usage_date >= $2::date and usage_date < $3::date group by 1, 2
),
weight as (
  select rule.category, rule.rule_id, rule.key_metric, tenant.tenant_id, coalesce(used.value, 0) as value,
         sum(coalesce(used.value, 0)) over same_rule as total, count(*) over same_rule as tenants
  from rule
  cross join tenant_master tenant
  left join used on used.metric_code = rule.key_metric and used.tenant_id = tenant.tenant_id
  where tenant.status <> 'closed'
  window same_rule as (partition by rule.category)
),
part as (
  select service, category, tenant_id, 'ALLOC-DIRECT' as rule_id, cost, line_ids,
         null::text as key_metric, null::numeric as key_value, null::numeric as key_total
  from pool where tenant_id is not null
  union all
  select service, category, weight.tenant_id, rule_id,
         case when total = 0 then cost / tenants else cost * value / total end, line_ids, key_metric, value, total
  from pool join weight using (category) where pool.tenant_id is null
),
rounded as (
  select *, floor(cost * 1000000) as units,
         row_number() over (partition by service
           order by cost * 1000000 - floor(cost * 1000000) desc, tenant_id, category, rule_id) as place
  from part
),
total as (
  select service, round((select sum(cost) from pool where pool.service = rounded.service), 6) * 1000000 - sum(units) as lost
  from rounded group by service
)
insert into fact_cost_allocated
  (tenant_id, period_start, period_end, service, category, rule_id, allocated_cost_usd,
   key_metric, key_value, key_total, source_line_ids, created_at)
select tenant_id, $2::date, $3::date, service, category, rule_id,
       (units + case when place <= lost then 1 else 0 end) / 1000000,
       key_metric, key_value, key_total, coalesce(line_ids, '[]'), $5::timestamptz
from rounded join total using (service)
order by service, category, tenant_id, rule_id`;

export const FORGET = 'delete from fact_cost_allocated where period_start = $1::date';

export const SUMMARY = `
select trim_scale(sum(line_item_unblended_cost))::text as raw_usd,
       (select sum(allocated_cost_usd)::text from fact_cost_allocated where period_start = $2::date) as allocated_usd,
       (select count(*)::int from fact_cost_allocated where period_start = $2::date) as rows
from fact_cost_raw where bill_billing_period_start_date = $1::timestamptz`;

/** A pool whose category no rule covers would be lost without a word. $1 first day, $2 the next period's, $3 version or null. */
export const CATEGORIES_WITHOUT_RULE = `
select distinct category from (values ('NAT'), ('PLINK'), ('CLOUDWATCH'), ('S3'), ('EBS'), ('OTHER')) as all_of(category)
where not exists (
  select from rule_version_map rule
  where rule.category = all_of.category and key_metric is not null
    and effective_from < $2::date and coalesce(effective_to, 'infinity') >= $1::date and ($3::int is null or version = $3))`;

/** Shared cost that was split by a key of which nobody used anything. $1 first day of the period. */
export const UNWEIGHTED = `
select category, key_metric, sum(abs(allocated_cost_usd))::text as cost from fact_cost_allocated
where period_start = $1::date and key_metric is not null and coalesce(key_total, 0) = 0
group by 1, 2 having sum(abs(allocated_cost_usd)) > 0 order by 1`;
