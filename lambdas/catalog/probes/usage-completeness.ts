import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { ledgerProbe } from './ledger-probe.ts';
import { MISSING, TENANTS_LISTED } from './missing-invoices.ts';

/** Every metric of the tenant's plans, for every day of the period on which it had them. */
const SQL = `
with ${MISSING},
wanted as (
  select distinct tenant_id, metric_code, day::date as usage_date
  from missing
  join tenant_plan_binding binding using (tenant_id)
  join plan_metric_map using (plan_code)
  cross join lateral generate_series(
    greatest(binding.period_start, $1::date)::timestamp,
    least(coalesce(binding.period_end, 'infinity'), ($1::date + interval '1 month')::date)::timestamp - interval '1 day',
    interval '1 day') day
  where binding.status in ('active', 'expired')
),
compared as (
  select tenant_id, count(*)::int as wanted, (count(*) filter (where cap_value is null))::int as lacking,
         array_agg(distinct to_char(usage_date, 'YYYY-MM-DD')) filter (where cap_value is null) as days
  from wanted left join usage_snapshot_daily using (tenant_id, metric_code, usage_date)
  group by 1
)
select tenant_id as "tenantId", coalesce(wanted, 0) as wanted, coalesce(lacking, 0) as lacking,
       coalesce(array_length(days, 1), 0) as days, coalesce(days[1:3], '{}') as "firstDays"
from missing left join compared using (tenant_id)
order by tenant_id limit ${TENANTS_LISTED}`;

const Usage = z.object({
  tenantId: z.string(),
  /** Expected values; 0: the tenant's plans map no metric. */
  wanted: z.int(),
  lacking: z.int(),
  /** Days with missing values, and the first of them. */
  days: z.int(),
  firstDays: z.array(z.string()),
});
export type Usage = z.infer<typeof Usage>;

export const usageCompleteness = ledgerProbe<{ period: string }, Usage[], Usage>({
  name: 'usage-completeness',
  question: 'Is usage_snapshot_daily complete for the tenants without an invoice?',
  sql: SQL,
  values: ({ target }) => [periodStart(target.period)],
  value: z.array(Usage),
  read: (rows) => [...rows],
  describe: (tenants) => {
    const lacking = tenants.filter(({ wanted, lacking }) => wanted === 0 || lacking > 0);
    return `${tenants.length - lacking.length} of ${tenants.length} are complete`;
  },
});
