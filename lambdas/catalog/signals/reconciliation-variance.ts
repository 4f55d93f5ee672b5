import { RECON_BY_PERIOD } from '../probes/recon-summary.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** A period's reconciliation variance. */
export const reconciliationVariance = ledgerSignal({
  metric: 'recon_variance_pct',
  unit: 'Percent',
  worst: 'highest',
  whenNone: 0,
  sql: RECON_BY_PERIOD,
});
