import type { Signal } from './definition.ts';
import { freshness } from './freshness.ts';
import { ledgerSignals } from './ledger-signals.ts';
import { paymentMismatch } from './payment-mismatch.ts';
import { runnerQueueDepth } from './runner-queue.ts';

/** Every business metric that we measure. */
export const signals: readonly Signal[] = [freshness, ...ledgerSignals, paymentMismatch, runnerQueueDepth];
