import { percent } from '../../domain/words.ts';
import * as z from 'zod';
import { ledgerProbe } from './ledger-probe.ts';

/** A tenant who was notified is not notified again in this time. */
const TOLD_HOURS = 24;

/** A tenant over the cap of one metric, yesterday or today, with all that a top-up depends on. */
export const QuotaBreach = z.object({
  tenant: z.string(),
  metric: z.string(),
  /** The higher of the two days: decimals as text. */
  value: z.string(),
  cap: z.string(),
  utilization: z.string(),
  /** The month of the newer day. */
  period: z.string(),
  periodState: z.enum(['open', 'closing', 'closed', 'unknown']),
  /** Null: the tenant has no active plan on that day. */
  plan: z.string().nullable(),
  /** Why the row cannot be right: nothing may be charged then. Null: it can. */
  absurd: z.string().nullable(),
  /** Whether the plan tops this metric up automatically. */
  auto: z.boolean(),
  step: z.string().nullable(),
  price: z.string().nullable(),
  mostTopUps: z.int(),
  /** Given in the period so far. */
  topUps: z.int(),
  /** Whether one more step brings every breaching day below the cap. */
  enough: z.boolean(),
  /** The tenant's invoice of the period, if any. */
  invoice: z.string().nullable(),
  /** Notified of this metric within a day. */
  told: z.boolean(),
});
export type QuotaBreach = z.infer<typeof QuotaBreach>;

const PRINTED = `SELECT tenant_id, metric_code, metric_value, cap_value, utilization
FROM usage_snapshot_daily WHERE utilization >= 1.0;`;

/**
 * SQL: rows of `usage_snapshot_daily` over a cap, yesterday or today. Yesterday's do not count once their month has
 * ended and is no longer open: nobody can give more of it. $1 now
 */
export const OVER_CAP = `utilization >= 1.0 and usage_date <= ($1::timestamptz at time zone 'UTC')::date
    and usage_date >= ($1::timestamptz at time zone 'UTC')::date - 1
    and not exists (select from period_state ended
                    where ended.state <> 'open' and ended.period_start = date_trunc('month', usage_date)::date
                      and ended.period_start < date_trunc('month', $1::timestamptz at time zone 'UTC')::date)`;

/** $1 now, $2 since when a notice counts. The days are the signal's. */
const SQL = `
with breach as (
  select tenant_id, metric_code, max(metric_value) as value, min(cap_value) as cap, max(utilization) as utilization,
         date_trunc('month', max(usage_date))::date as period_start, max(usage_date) as day,
         bool_or(cap_value <= 0) as capless,
         bool_or(cap_value > 0 and abs(utilization - metric_value / nullif(cap_value, 0)) > 0.001) as inconsistent
  from usage_snapshot_daily
  where ${OVER_CAP}
  group by 1, 2
)
select tenant_id as tenant, breach.metric_code as metric, value::text, cap::text, utilization::text,
       to_char(period_start, 'YYYY-MM') as period, coalesce(state, 'unknown') as "periodState",
       case when plans.codes = 1 then plans.code end as plan,
       case when tenant.status is distinct from 'active' then 'the tenant is ' || coalesce(tenant.status, 'unknown')
            when plans.codes <> 1 then 'the tenant has ' || plans.codes || ' active plans'
            when capless then 'the cap is not above zero'
            when inconsistent then 'the utilisation is not value by cap'
            when coalesce(not (step_value > 0 and price_usd >= 0 and greatest(step_value, price_usd) < 'Infinity'), false) then 'the step of the plan is not above zero, or its price is below or no number'
       end as absurd,
       coalesce(auto, false) as auto, step_value::text as step, price_usd::text as price,
       coalesce(max_per_period, 0) as "mostTopUps",
       (select count(*)::int from invoice_detail detail
        where detail.invoice_id = header.invoice_id and detail.line_type = 'topup'
          and detail.metric_code = breach.metric_code) as "topUps",
       coalesce(cap > 0 and value < cap + step_value, false) as enough,
       header.status as invoice,
       exists (select from job_run
               join audit_event on event_id = md5(run_id || '/' || job)::uuid
               where job = 'responder.tell-tenant' and job_run.period is null and started_at > $2::timestamptz and started_at <= $1::timestamptz
                 and job_run.tenant_id = breach.tenant_id
                 and metadata -> 'params' ->> 'metric_code' = breach.metric_code) as told
from breach
left join tenant_master tenant using (tenant_id)
cross join lateral (
  select count(*)::int as codes, min(plan_code) as code from tenant_plan_binding binding
  where binding.tenant_id = breach.tenant_id and binding.status = 'active' and binding.period_start <= day
    and coalesce(binding.period_end, 'infinity') > day) plans
left join plan_topup on plan_topup.plan_code = plans.code and plan_topup.metric_code = breach.metric_code and plans.codes = 1
left join period_state using (period_start)
left join invoice_header header using (tenant_id, period_start)
order by tenant_id, breach.metric_code`;

export const quotaBreaches = ledgerProbe<unknown, readonly QuotaBreach[], QuotaBreach>({
  name: 'quota-breaches',
  question: 'Which tenants are over a cap, and what do their plans say about it?',
  printed: [PRINTED],
  sql: SQL,
  values: ({ now }) => [now.toISOString(), new Date(now.getTime() - TOLD_HOURS * 3_600_000).toISOString()],
  value: z.array(QuotaBreach).readonly(),
  read: (rows) => rows,
  describe: (breaches) => (breaches.length === 0 ? 'none' : breaches.map(describeBreach).join('; ')),
});

export const describeBreach = ({ tenant, plan, metric, utilization }: QuotaBreach): string =>
  `${tenant} (${plan ?? 'no plan'}) ${metric} at ${percent(100 * Number(utilization))}`;
