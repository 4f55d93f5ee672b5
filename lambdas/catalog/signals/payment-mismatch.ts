import { deadLetterPermissions, depthOf, total } from '../probes/bank-queues.ts';
import { MISMATCH_COUNT } from '../probes/payment-stories.ts';
import type { Signal } from './definition.ts';

/**
 * Mismatches in the ledger, and payments whose events are in the dead-letter queue. The alarm watches
 * the worse of the two.
 */
export const paymentMismatch: Signal = {
  metric: 'payment_mismatch_count',
  unit: 'Count',
  worst: 'highest',
  whenNone: null,
  reads: [
    'invoice_header (invoice_id, period_start, status, tenant_id, total_usd)',
    'payment_txn (amount_usd, invoice_id, status)',
  ],
  permissions: deadLetterPermissions,
  async measure({ settings, tools }) {
    const { rows } = await tools.ledger.query<{ value: string }>(MISMATCH_COUNT, [null]);
    const { value } = await depthOf(tools, settings.estate.payments.deadLetters);
    return [
      { value: Number(rows[0]?.value), dimensions: { Source: 'ledger' } },
      { value: total(value), dimensions: { Source: 'dead-letters' } },
    ];
  },
};
