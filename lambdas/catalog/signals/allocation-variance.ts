import { allocationCompared, CHANGEABLE_PERIODS } from '../probes/allocation-comparison.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** Variance of a service's allocated costs from its raw costs, in each period that is not closed. */
export const allocationVariance = ledgerSignal({
  metric: 'allocation_variance_pct',
  unit: 'Percent',
  worst: 'highest',
  whenNone: 0,
  sql: `${allocationCompared(CHANGEABLE_PERIODS)}
select "Period", "Service", variance as value from compared`,
});
