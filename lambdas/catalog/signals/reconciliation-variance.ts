import { RECON_BY_PERIOD } from '../probes/recon-summary.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** A period's reconciliation variance, and by how much the allocation of one that is not closed has changed since. */
export const reconciliationVariance = ledgerSignal({
  metric: 'recon_variance_pct',
  unit: 'Percent',
  worst: 'highest',
  whenNone: 0,
  reads: [
    'fact_cost_allocated (allocated_cost_usd, period_start, service)',
    'period_state (period_start, state)',
    'recon_summary (allocated_total_usd, aws_total_usd, operator_overhead_usd, period_start, service, status, variance_pct)',
  ],
  sql: RECON_BY_PERIOD,
});
