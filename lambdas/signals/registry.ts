import type { Signal } from './definition.ts';
import { freshness } from './freshness.ts';
import { ledgerSignals } from './ledger-signals.ts';

/** Every business metric that SQL can measure. (`runner_queue_depth` is CloudWatch's own.) */
export const signals: readonly Signal[] = [freshness, ...ledgerSignals];
