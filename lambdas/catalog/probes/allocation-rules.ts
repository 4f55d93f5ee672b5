import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { ledgerProbe } from './ledger-probe.ts';

const Version = z.object({
  version: z.int(),
  keyMetric: z.string(),
  pinned: z.boolean(),
  /** It came into effect after the period's first day. */
  startedInside: z.boolean(),
  /** Whether a plan in `plan_metric_map` knows the metric. */
  mapped: z.boolean(),
  /** What tenants used of the metric within the period: a decimal as text. */
  keyTotal: z.string(),
  /** The key's total is zero: no share can be computed. */
  nothingUsed: z.boolean(),
});

/** A category of shared cost, and the versions of its rule in effect within the period. */
export const CategoryRules = z.object({
  category: z.string(),
  /** Absolute sum of cost without a tenant tag; a decimal as text. */
  sharedUsd: z.string(),
  hasShared: z.boolean(),
  versions: z.array(Version),
});
export type CategoryRules = z.infer<typeof CategoryRules>;

/** Maps AWS's names to the rules' categories; the rest is OTHER. */
const CATEGORY = `case
    when line_item_usage_type like '%NatGateway%' then 'NAT'
    when line_item_usage_type like '%VpcEndpoint%' then 'PLINK'
    when line_item_usage_type like '%EBS:%' then 'EBS'
    when product_servicecode = 'AmazonCloudWatch' then 'CLOUDWATCH'
    when product_servicecode = 'AmazonS3' then 'S3'
    else 'OTHER' end`;

const SQL = `
with bound as (select $1::date as first, ($1::date + interval '1 month')::date as next),
category(category) as (values ('NAT'), ('PLINK'), ('CLOUDWATCH'), ('S3'), ('EBS'), ('OTHER')),
pool as (
  select product_servicecode, ${CATEGORY} as category, sum(line_item_unblended_cost) as cost
  from fact_cost_raw
  left join tenant_master tenant on tenant.tenant_id = resource_tags_user_tenant_id
  where bill_billing_period_start_date = $1::date::timestamp at time zone 'UTC' and tenant.tenant_id is null
  group by 1, 2
),
shared as (select category, sum(abs(cost)) as cost from pool group by 1),
used as (
  select metric_code, sum(metric_value) as total
  from bound, usage_snapshot_daily join tenant_master using (tenant_id)
  where usage_date >= first and usage_date < next and status <> 'closed' group by 1
)
select category.category, coalesce(shared.cost, 0)::text as "sharedUsd", coalesce(shared.cost, 0) <> 0 as "hasShared",
       version, key_metric as "keyMetric", pinned, effective_from > first as "startedInside",
       exists (select from plan_metric_map where metric_code = key_metric) as mapped,
       coalesce(used.total, 0)::text as "keyTotal", coalesce(used.total, 0) = 0 as "nothingUsed"
from bound cross join category
left join shared using (category)
left join rule_version_map rule
  on rule.category = category.category and key_metric is not null
     and effective_from < next and coalesce(effective_to, 'infinity') >= first
left join used on used.metric_code = key_metric
order by category.category, pinned desc nulls last, version desc`.trim();

type Row = Pick<CategoryRules, 'category' | 'sharedUsd' | 'hasShared'> &
  ({ version: null } | z.infer<typeof Version>);

export const allocationRules = ledgerProbe<{ period: string }, CategoryRules[], Row>({
  name: 'allocation-rules',
  question: 'Which rules split the shared cost of the period, and can they?',
  sql: SQL,
  values: ({ target }) => [periodStart(target.period)],
  value: z.array(CategoryRules),
  read: (rows) => {
    const categories = new Map<string, CategoryRules>();
    for (const { category, sharedUsd, hasShared, ...version } of rows) {
      const known = categories.get(category);
      const versions = version.version === null ? [] : [Version.parse(version)];
      categories.set(category, {
        category,
        sharedUsd,
        hasShared,
        versions: [...(known?.versions ?? []), ...versions],
      });
    }
    return [...categories.values()];
  },
  describe: (rules) =>
    rules
      .map(({ category, versions }) => {
        const [first] = versions;
        if (!first) return `${category} has none`;
        const changed = versions.some(({ startedInside }) => startedInside)
          ? ', changed within the period'
          : '';
        return `${category} v${first.version} by ${first.keyMetric} (${first.keyTotal} used)${changed}`;
      })
      .join('; '),
});
