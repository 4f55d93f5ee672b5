import type { Signal } from './definition.ts';
import { OLDEST_RUN } from './names.ts';

/**
 * A signal that one statement on the ledger measures: `value` and the dimensions as columns, now as $1.
 * A row whose value is null has nothing to measure, and is left out.
 */
function ledgerSignal(signal: Omit<Signal, 'permissions' | 'measure'> & { sql: string }): Signal {
  const { sql, ...rest } = signal;
  return {
    ...rest,
    permissions: () => [],
    async measure({ now, tools }) {
      const { rows } = await tools.ledger.query<Record<string, unknown>>(sql, [now.toISOString()]);
      return rows.flatMap(({ value, ...dimensions }) =>
        value === null ? [] : [{ value: Number(value), dimensions: dimensions as Record<string, string> }],
      );
    },
  };
}

export const ledgerSignals: readonly Signal[] = [
  ledgerSignal({
    metric: 'allocation_variance_pct',
    unit: 'Percent',
    worst: 'highest',
    whenNone: 0,
    // Both sides by service and month, the raw one rounded as money is: AWS charges fractions that no allocation can
    // hold. A pool of zero has no variance, unless something was allocated from nothing.
    sql: `
with period as (select period_start from period_state where state in ('open', 'closing')),
raw as (
  select to_char(bill_billing_period_start_date at time zone 'UTC', 'YYYY-MM') as "Period",
         coalesce(nullif(product_servicecode, ''), 'Unattributed') as "Service", round(sum(line_item_unblended_cost), 6) as cost
  from fact_cost_raw
  where bill_billing_period_start_date in (select period_start::timestamp at time zone 'UTC' from period)
    and $1::timestamptz is not null
  group by 1, 2
),
allocated as (
  select to_char(period_start, 'YYYY-MM') as "Period", service as "Service", sum(allocated_cost_usd) as cost
  from fact_cost_allocated where period_start in (select period_start from period) group by 1, 2
)
select "Period", "Service",
       round(case when coalesce(raw.cost, 0) <> 0 then 100 * abs(coalesce(allocated.cost, 0) - raw.cost) / abs(raw.cost)
                  when coalesce(allocated.cost, 0) <> 0 then 100 end, 4) as value
from raw full join allocated using ("Period", "Service")`,
  }),
  ledgerSignal({
    metric: 'budget_age_hours',
    unit: 'None',
    worst: 'highest',
    whenNone: null,
    sql: `
select scope_type as "Scope", round(extract(epoch from $1::timestamptz - min(last_refreshed_at)) / 3600, 3) as value
from budget_master group by 1`,
  }),
  ledgerSignal({
    metric: 'recon_variance_pct',
    unit: 'Percent',
    worst: 'highest',
    whenNone: 0,
    // A failed reconciliation is over every limit, whatever its figure; a provisional one is not judged.
    sql: `
select to_char(period_start, 'YYYY-MM') as "Period",
       max(case when status = 'failed' then greatest(abs(coalesce(variance_pct, 0)), 100) else abs(variance_pct) end) as value
from recon_summary
where status <> 'provisional' and status <> 'resolved' and period_start <= $1::timestamptz
group by 1`,
  }),
  ledgerSignal({
    metric: 'tag_coverage_pct',
    unit: 'Percent',
    worst: 'lowest',
    whenNone: 100,
    sql: `
select coalesce(nullif(product_servicecode, ''), 'Unattributed') as "Service",
       round(100.0 * count(*) filter (where resource_tags_user_tenant_id is not null
                                        and resource_tags_user_plan_id is not null) / count(*), 4) as value
from fact_cost_raw
join period_state on bill_billing_period_start_date = period_start::timestamp at time zone 'UTC' and state = 'open'
where line_item_line_item_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') and $1::timestamptz is not null
group by 1`,
  }),
  ledgerSignal({
    metric: 'invoice_emission_lag_hours',
    unit: 'None',
    worst: 'highest',
    whenNone: 0,
    // Tenants that were bound to a plan in a closed period and have no invoice for it.
    sql: `
select to_char(p.period_start, 'YYYY-MM') as "Period",
       round(extract(epoch from $1::timestamptz - p.changed_at) / 3600, 3) as value
from period_state p
where p.state = 'closed' and exists (
  select 1 from tenant_plan_binding b
  where b.period_start < p.period_start + interval '1 month' and coalesce(b.period_end, 'infinity') > p.period_start
    and b.status in ('active', 'expired')
    and not exists (select 1 from invoice_header i
                    where i.tenant_id = b.tenant_id and i.period_start = p.period_start and i.status in ('issued', 'paid')))`,
  }),
  ledgerSignal({
    metric: 'payment_mismatch_count',
    unit: 'Count',
    worst: 'highest',
    whenNone: 0,
    // Confirmed money and invoice status must tell the same story, to the cent.
    sql: `
select count(*) as value
from invoice_header i
left join (select invoice_id, sum(amount_usd) as paid from payment_txn where status = 'confirmed' group by 1) p
  using (invoice_id)
where $1::timestamptz is not null
  and ((i.status = 'issued' and coalesce(p.paid, 0) <> 0)
    or (i.status = 'paid' and round(coalesce(p.paid, 0), 2) <> round(i.total_usd, 2)))`,
  }),
  ledgerSignal({
    metric: 'quota_breach_count',
    unit: 'Count',
    worst: 'highest',
    whenNone: 0,
    sql: `
select count(*) as value from usage_snapshot_daily
where utilization >= 1.0 and usage_date >= ($1::timestamptz at time zone 'UTC')::date - 1
  and usage_date <= ($1::timestamptz at time zone 'UTC')::date`,
  }),
  ledgerSignal({
    metric: OLDEST_RUN,
    unit: 'None',
    worst: 'highest',
    whenNone: 0,
    sql: `
select round(extract(epoch from $1::timestamptz - min(opened_at)) / 3600, 3) as value
from responder.run where ended_at is null`,
  }),
];
