import * as z from 'zod';
import { Period } from '../../domain/billing-period.ts';
import { allocation, invoice, reconciliation } from '../../domain/lock-names.ts';
import { emittingImpact } from './invoice-impacts.ts';
import { lambdaJob } from './lambda-job.ts';

/** Issues one tenant's invoice: section 6's `aws lambda invoke` of the emitter. */
export const emitInvoice = lambdaJob({
  name: 'emit-invoice',
  params: z.strictObject({ tenant_id: z.string().min(1), period: Period }),
  example: { tenant_id: 'TEN-00113', period: '2026-10' },
  function: ({ jobs }) => jobs.invoiceEmitter,
  closedPeriod: {
    allowed:
      'The remaining invoices of a closed period are still issued, from its frozen figures; it changes none of them.',
  },
  independent: true,
  money: true,
  undo: { irreversible: 'An issued invoice is corrected by a credit note, which a person writes.' },
  before: {
    'settle-invoice':
      'Only what is issued is settled, and only what is open is issued, both under the row’s lock.',
    'redrive-bank-events': {
      why: 'A payment is recorded whenever it comes. Of an invoice that is not issued yet it settles nothing, and is settled once it is.',
      shares: 'invoices, which the webhook settles',
    },
  },
  locks: ({ tenant_id = '', period = '' }) => ({
    writes: [invoice(period, tenant_id)],
    reads: [allocation(period), reconciliation(period)],
  }),
  impact: ({ tenant_id = '', period = '' }, _context, tools) => emittingImpact(period, tenant_id, tools),
  describe: ({ tenant_id, period }, { estate }) =>
    `have ${estate.jobs.invoiceEmitter} issue the invoice of ${tenant_id} for ${period}`,
});
