import { RECON_BY_PERIOD } from '../probes/recon-summary.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** A period's reconciliation variance. */
export const reconciliationVariance = ledgerSignal({
  metric: 'recon_variance_pct',
  unit: 'Percent',
  worst: 'highest',
  whenNone: 0,
  reads: [
    'recon_summary (allocated_total_usd, aws_total_usd, operator_overhead_usd, period_start, status, variance_pct)',
  ],
  sql: RECON_BY_PERIOD,
});
