import type { BankEvent } from '../commercial-ops/payments/bank-event.ts';
import type { Sandbox } from '../sandbox.ts';

/** The one invoice of a seeded world that is issued and waits for its payment. */
export async function unpaidInvoice({ pool }: Sandbox): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `select max(invoice_id) as id from invoice_header where status = 'issued'`,
  );
  if (!rows[0]?.id) throw new Error('the world has no issued invoice; wanted one that waits for its payment');
  return rows[0].id;
}

/** Invoices that are paid, by their payments; the first `count` of them. */
export async function paidInvoices({ pool }: Sandbox, count: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select invoice_id as id from invoice_header where status = 'paid' order by 1 limit $1`,
    [count],
  );
  return rows.map(({ id }) => id);
}

interface Paid {
  readonly invoice: string | null;
  /** By default the invoice's total, once. */
  readonly times?: string;
  readonly plus?: string;
  readonly status?: BankEvent['status'];
  readonly ref: string;
}

/** A payment on record, whose invoice nobody touched. */
export async function recordPayment(sandbox: Sandbox, paid: Paid): Promise<void> {
  const { invoice, times = '1', plus = '0', status = 'confirmed', ref } = paid;
  await sandbox.pool.query(
    `insert into payment_txn (payment_id, invoice_id, method, amount_usd, provider_ref, status, created_at)
     values ('PAY-' || $5::text, $1::text, 'bank_transfer',
       coalesce((select round(total_usd * $2::numeric, 2) from invoice_header where invoice_id = $1::text), 0) + $3::numeric,
       $5, $4, $6)`,
    [invoice, times, plus, status, ref, sandbox.clock.now()],
  );
}

/** What the webhook settled is issued again: the payment is on record, the invoice was never told. */
export async function unsettle({ pool }: Sandbox, invoices: readonly string[]): Promise<void> {
  await pool.query(`update invoice_header set status = 'issued', paid_at = null where invoice_id = any($1)`, [
    invoices,
  ]);
}

/** An event of the bank that ended among the dead letters; by default of a confirmed payment of the total. */
export async function deadEvent(
  sandbox: Sandbox,
  given: { invoice_id: string } & Partial<BankEvent>,
): Promise<void> {
  const { commercialOps, sqs } = sandbox.services;
  const { rows } = await sandbox.pool.query<{ total: string }>(
    'select total_usd::text as total from invoice_header where invoice_id = $1',
    [given.invoice_id],
  );
  const event: BankEvent = {
    event_id: `dead-${given.invoice_id}`,
    amount_usd: rows[0]?.total ?? '1.00',
    provider_ref: `dead-${given.invoice_id}`,
    method: 'bank_transfer',
    status: 'confirmed',
    created_at: sandbox.clock.now().toISOString(),
    ...given,
  };
  await sqs.deadLetter(commercialOps.payments.queueArn, JSON.stringify(event));
}

/** Sixty invoices of a year long past, issued and paid to the cent, and never told. */
export async function manyPaid({ pool }: Sandbox): Promise<void> {
  await pool.query(
    `insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd, issued_at)
     select 'INV-OLD-' || month || '-' || tenant_id, tenant_id, make_date(2023, month, 1), make_date(2023, month + 1, 1),
            'issued', 10, 0, 10, make_date(2023, month + 1, 5)
     from tenant_master, generate_series(1, 5) month`,
  );
  await pool.query(
    `insert into payment_txn (payment_id, invoice_id, method, amount_usd, provider_ref, status, created_at)
     select 'PAY-' || invoice_id, invoice_id, 'card', total_usd, invoice_id, 'confirmed', issued_at
     from invoice_header where invoice_id like 'INV-OLD-%'`,
  );
}
