import { bankQueuePermissions, depthOf, total } from '../probes/bank-queues.ts';
import { MISMATCH_COUNT } from '../probes/payment-stories.ts';
import type { Signal } from './definition.ts';

/**
 * What the ledger shows by SQL, and what it cannot show: money at the bank whose event lies among the dead letters. The
 * worse of the two is what the alarm watches, so either alone can raise it.
 */
export const paymentMismatch: Signal = {
  metric: 'payment_mismatch_count',
  unit: 'Count',
  worst: 'highest',
  whenNone: null,
  permissions: bankQueuePermissions,
  async measure({ settings, tools }) {
    const { rows } = await tools.ledger.query<{ value: string }>(MISMATCH_COUNT, [null]);
    const { value } = await depthOf(tools, settings.estate.payments.deadLetters);
    return [
      { value: Number(rows[0]?.value), dimensions: { Source: 'ledger' } },
      { value: total(value), dimensions: { Source: 'dead-letters' } },
    ];
  },
};
