import type { BankEvent } from '../commercial-ops/payments/bank-event.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Step } from './fault.ts';
import { ago, given, sql, type Given } from './steps.ts';

/** The one invoice of a seeded world that is issued and waits for its payment. */
export async function unpaidInvoice({ pool }: Sandbox): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `select max(invoice_id) as id from invoice_header where status = 'issued'`,
  );
  if (!rows[0]?.id) throw new Error('the world has no issued invoice; wanted one that waits for its payment');
  return rows[0].id;
}

/** Invoices that are paid, by their payments: the first of them. */
const paidInvoices = async ({ pool }: Sandbox, count: number): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ id: string }>(
    `select invoice_id as id from invoice_header where status = 'paid' order by 1 limit $1`,
    [count],
  );
  return rows.map(({ id }) => id);
};
export const paidInvoice =
  (place = 0) =>
  async (sandbox: Sandbox): Promise<string> =>
    (await paidInvoices(sandbox, place + 1))[place] ?? '';

interface Paid {
  readonly ref: string;
  readonly invoice?: Given<string>;
  /** By default the invoice's total, once. */
  readonly times?: string;
  readonly plus?: string;
  readonly status?: BankEvent['status'];
}

/** A payment on record, whose invoice nobody touched; by default of the invoice that waits for one. */
export const recordPayment = (paid: Paid): Step => {
  const { invoice = unpaidInvoice, times = '1', plus = '0', status = 'confirmed', ref } = paid;
  return sql(
    `insert into payment_txn (payment_id, invoice_id, method, amount_usd, provider_ref, status, created_at)
     values ('PAY-' || $5::text, $1::text, 'bank_transfer',
       coalesce((select round(total_usd * $2::numeric, 2) from invoice_header where invoice_id = $1::text), 0) + $3::numeric,
       $5, $4, $6)`,
    invoice,
    times,
    plus,
    status,
    ref,
    ago(0),
  );
};

/** The payment of the first paid invoice is changed; in `set` columns of `payment_txn`. */
export const changePayment = (set: string): Step =>
  sql(`update payment_txn set ${set} where invoice_id = $1`, paidInvoice());

/**
 * What the webhook settled is issued again: the payment is on record, and the invoice does not show it.
 * @param count of the paid invoices, the first ones
 */
export const unsettle =
  (count: number): Step =>
  async (sandbox) => {
    const invoices = await paidInvoices(sandbox, count);
    await sandbox.pool.query(
      `update invoice_header set status = 'issued', paid_at = null where invoice_id = any($1)`,
      [invoices],
    );
  };

/** An event of the bank, of the invoice that waits for its payment, arrives at the webhook. */
export const bankEvent =
  (event: Partial<BankEvent> = {}, invoice: Given<string> = unpaidInvoice): Step =>
  async (sandbox) => {
    const invoice_id = await given(sandbox, invoice);
    await sandbox.services.commercialOps.payments.event({ invoice_id, ...event });
  };

/** An event that ended among the dead letters; by default of a confirmed payment of the total. */
export const deadEvent =
  (event: Partial<BankEvent> = {}): Step =>
  async (sandbox) => {
    const { commercialOps, sqs } = sandbox.services;
    const invoice_id = await unpaidInvoice(sandbox);
    const { rows } = await sandbox.pool.query<{ total: string }>(
      'select total_usd::text as total from invoice_header where invoice_id = $1',
      [invoice_id],
    );
    const whole: BankEvent = {
      event_id: `dead-${invoice_id}`,
      invoice_id,
      amount_usd: rows[0]?.total ?? '1.00',
      provider_ref: `dead-${invoice_id}`,
      method: 'bank_transfer',
      status: 'confirmed',
      created_at: sandbox.clock.now().toISOString(),
      ...event,
    };
    await sqs.deadLetter(commercialOps.payments.queueArn, JSON.stringify(whole));
  };

/** An invoice of a month that the ledger has no state of, issued and paid to the cent, and never set to paid. */
export const paidOfUnknownMonth = (total: string): readonly Step[] => [
  sql(
    `insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd, issued_at)
     select 'INV-2023-05-' || min(tenant_id), min(tenant_id), '2023-05-01', '2023-06-01', 'issued', $1::numeric, 0, $1::numeric, '2023-06-05'
     from tenant_master`,
    total,
  ),
  sql(
    `insert into payment_txn (payment_id, invoice_id, method, amount_usd, provider_ref, status, created_at)
     select 'PAY-' || invoice_id, invoice_id, 'card', total_usd, invoice_id, 'confirmed', issued_at
     from invoice_header where invoice_id like 'INV-2023-05-%'`,
  ),
];

/** The invoice that waits for its payment is over nothing at all. */
export const nothingOwed: Step = sql(
  'update invoice_header set subtotal_usd = 0, tax_usd = 0, total_usd = 0 where invoice_id = $1',
  unpaidInvoice,
);

/** Sixty invoices of a year long past, issued and paid to the cent, and never set to paid. */
export const MANY_PAID = [
  sql(
    `insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd, issued_at)
     select 'INV-OLD-' || month || '-' || tenant_id, tenant_id, make_date(2023, month, 1), make_date(2023, month + 1, 1),
            'issued', 10, 0, 10, make_date(2023, month + 1, 5)
     from tenant_master, generate_series(1, 5) month`,
  ),
  sql(
    `insert into payment_txn (payment_id, invoice_id, method, amount_usd, provider_ref, status, created_at)
     select 'PAY-' || invoice_id, invoice_id, 'card', total_usd, invoice_id, 'confirmed', issued_at
     from invoice_header where invoice_id like 'INV-OLD-%'`,
  ),
];
