import { allocationCompared, CHANGEABLE_PERIODS } from '../probes/allocation-comparison.ts';
import { CURRENT_BUDGET } from '../probes/budgets.ts';
import { SOMEBODY_LACKS_ONE } from '../probes/missing-invoices.ts';
import { RECON_BY_PERIOD } from '../probes/recon-summary.ts';
import { SERVICE, TAGGABLE, UNTAGGED } from '../probes/tag-coverage.ts';
import type { Signal } from './definition.ts';
import { OLDEST_RUN } from '../../domain/metrics.ts';

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
    sql: `${allocationCompared(`${CHANGEABLE_PERIODS} and $1::timestamptz is not null`)}
select "Period", "Service", variance as value from compared`,
  }),
  ledgerSignal({
    metric: 'budget_age_hours',
    unit: 'None',
    worst: 'highest',
    whenNone: null,
    sql: `
select scope_type as "Scope", round(extract(epoch from $1::timestamptz - min(last_refreshed_at)) / 3600, 3) as value
from budget_master where ${CURRENT_BUDGET} group by 1`,
  }),
  ledgerSignal({
    metric: 'recon_variance_pct',
    unit: 'Percent',
    worst: 'highest',
    whenNone: 0,
    sql: RECON_BY_PERIOD,
  }),
  ledgerSignal({
    metric: 'tag_coverage_pct',
    unit: 'Percent',
    worst: 'lowest',
    whenNone: 100,
    sql: `
select ${SERVICE} as "Service", trunc(100.0 * count(*) filter (where not ${UNTAGGED}) / count(*), 4) as value
from fact_cost_raw
join period_state on bill_billing_period_start_date = period_start::timestamp at time zone 'UTC' and state = 'open'
where ${TAGGABLE} and $1::timestamptz is not null
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
where p.state = 'closed' and ${SOMEBODY_LACKS_ONE}`,
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
    // While people are asked, the run only waits for them; how long, the request itself limits.
    sql: `
select round(extract(epoch from $1::timestamptz - min(greatest(opened_at, coalesce(decided_at, expires_at)))) / 3600, 3) as value
from responder.run left join responder.approval using (run_id)
where ended_at is null and mode = 'live' and not coalesce(state = 'open' and expires_at > $1::timestamptz, false)`,
  }),
];
