import { allocationCompared, CHANGEABLE_PERIODS } from '../probes/allocation-comparison.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** Variance of a service's allocated costs from its raw costs, in each period that is not closed. */
export const allocationVariance = ledgerSignal({
  metric: 'allocation_variance_pct',
  unit: 'Percent',
  worst: 'highest',
  whenNone: 0,
  slow: true,
  reads: [
    'fact_cost_allocated (allocated_cost_usd, period_start, service)',
    'fact_cost_raw (bill_billing_period_start_date, line_item_line_item_type, line_item_unblended_cost, product_servicecode)',
    'period_state (period_start, state)',
  ],
  sql: `${allocationCompared(CHANGEABLE_PERIODS)}
select "Period", "Service", variance as value from compared`,
});
