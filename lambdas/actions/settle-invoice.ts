import * as z from 'zod';
import { Invoice, STORIES, storyOf, tellInvoice } from '../probes/payment-stories.ts';
import { ledgerChange } from './ledger-change.ts';

const LOCK = `select status from invoice_header where invoice_id = $1 for update`;

const SETTLE = `
update invoice_header set status = 'paid', paid_at = $2::timestamptz where invoice_id = $1 and status = 'issued'`;

/** An issued invoice whose confirmed payments are its total, to the cent, becomes paid. No amount is touched. */
export const settleInvoice = ledgerChange({
  name: 'settle-invoice',
  params: z.strictObject({ invoice_id: z.string().min(1) }),
  closedPeriod: { allowed: 'Settling an issued invoice is the one change of a closed period that remains.' },
  independent: true,
  grants: ['update (status, paid_at) on invoice_header'],
  undo: { by: 'a person, who sets the invoice back to issued and says why in the audit trail.' },
  object: ({ invoice_id = '' }) => ({ type: 'invoice', id: invoice_id }),
  tell: ({ invoice_id }) => `settle invoice ${invoice_id}, which is paid to the cent`,
  async change(client, { invoice_id }, { now }) {
    // Whoever records a payment locks the invoice first, too: what is read from here on stays as it is.
    const { rows: locked } = await client.query<{ status: string }>(LOCK, [invoice_id]);
    const status = locked[0]?.status ?? 'not there';
    if (status !== 'issued') throw new Error(`invoice ${invoice_id} is ${status}; wanted issued`);
    const { rows } = await client.query<Record<string, unknown>>(STORIES, [invoice_id]);
    const invoice = rows[0] && Invoice.parse(rows[0]);
    if (invoice === undefined || storyOf(invoice) !== 'exact') {
      const found = invoice ? tellInvoice(invoice) : `${invoice_id} has no confirmed payment`;
      throw new Error(`${found}; wanted confirmed payments that are its total to the cent`);
    }
    const { rowCount } = await client.query(SETTLE, [invoice_id, now.toISOString()]);
    if (rowCount !== 1) throw new Error(`${rowCount} invoices would be settled; wanted 1`);
    return { total_usd: invoice.total, confirmed_usd: invoice.paid };
  },
});
