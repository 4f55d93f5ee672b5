import { RECON_BY_PERIOD } from '../probes/recon-summary.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** How far a period's reconciliation is off. */
export const reconciliationVariance = ledgerSignal({
  metric: 'recon_variance_pct',
  unit: 'Percent',
  worst: 'highest',
  whenNone: 0,
  sql: RECON_BY_PERIOD,
});
