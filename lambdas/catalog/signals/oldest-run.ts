import { OLDEST_RUN } from '../../domain/metrics.ts';
import { HOURS_OF_OLDEST_RUN } from '../../record/probed.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** Age of the oldest run that has not ended, in hours. */
export const oldestRun = ledgerSignal({
  metric: OLDEST_RUN,
  unit: 'None',
  worst: 'highest',
  whenNone: 0,
  reads: [],
  sql: HOURS_OF_OLDEST_RUN,
});
