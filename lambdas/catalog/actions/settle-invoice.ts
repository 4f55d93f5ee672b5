import * as z from 'zod';
import { Period, periodStart } from '../../domain/billing-period.ts';
import { Invoice, STORIES, storyOf, describeInvoice } from '../probes/payment-stories.ts';
import { invoice } from '../../domain/lock-names.ts';
import { settlingImpact } from './invoice-impacts.ts';
import { ledgerChange } from './ledger-change.ts';

const LOCK = `
select status from invoice_header where invoice_id = $1 and tenant_id = $2 and period_start = $3::date for update`;

const SETTLE = `
update invoice_header set status = 'paid', paid_at = $2::timestamptz where invoice_id = $1 and status = 'issued'`;

/** An issued invoice whose confirmed payments equal its total, to the cent, becomes paid. No amount changes. */
export const settleInvoice = ledgerChange({
  name: 'settle-invoice',
  params: z.strictObject({
    invoice_id: z.string().min(1),
    /** Tenant and period of the invoice: the lock that issuing it and topping it up take. */
    tenant_id: z.string().min(1),
    period: Period,
  }),
  example: { invoice_id: 'INV-2026-10-TEN-00113', tenant_id: 'TEN-00113', period: '2026-10' },
  closedPeriod: { allowed: 'Settling an issued invoice is the one change of a closed period that remains.' },
  independent: true,
  money: true,
  grants: [
    'select (invoice_id, period_start, status, tenant_id, total_usd) on invoice_header',
    'select (amount_usd, invoice_id, payment_id, provider_ref, status) on payment_txn',
    'update (status, paid_at) on invoice_header',
  ],
  undo: {
    irreversible:
      'Of a closed period settling is the one change that a machine makes. A person sets it back, and says why in the audit trail.',
  },
  before: {
    'run-reconciliation': 'It counts issued and paid invoices alike: it comes to the same either way.',
  },
  locks: ({ tenant_id = '', period = '' }) => ({ writes: [invoice(period, tenant_id)], reads: [] }),
  impact: ({ invoice_id = '' }, _context, tools) => settlingImpact(invoice_id, tools),
  object: ({ invoice_id = '' }) => ({ type: 'invoice', id: invoice_id }),
  describe: ({ invoice_id }) => `settle invoice ${invoice_id}, which is paid to the cent`,
  async change(client, { invoice_id, tenant_id, period = '' }, { now }) {
    // Recording a payment locks the invoice first, too: from here on nothing changes.
    const { rows: locked } = await client.query<{ status: string }>(LOCK, [
      invoice_id,
      tenant_id,
      periodStart(period),
    ]);
    const status = locked[0]?.status ?? 'not there';
    if (status !== 'issued') throw new Error(`invoice ${invoice_id} is ${status}; wanted issued`);
    const { rows } = await client.query<Record<string, unknown>>(STORIES, [invoice_id]);
    const found = rows[0] && Invoice.parse(rows[0]);
    if (found === undefined || storyOf(found) !== 'exact') {
      const told = found ? describeInvoice(found) : `${invoice_id} has no confirmed payment`;
      throw new Error(`${told}; wanted confirmed payments that are its total to the cent`);
    }
    const { rowCount } = await client.query(SETTLE, [invoice_id, now.toISOString()]);
    if (rowCount !== 1) throw new Error(`${rowCount} invoices would be settled; wanted 1`);
    return { total_usd: found.total, confirmed_usd: found.paid };
  },
});
