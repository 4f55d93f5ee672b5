import type { Pool, PoolClient } from 'pg';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import type { BankEvent } from './bank-event.ts';

/** What became of a bank event. `mismatch`: it is on record, but settles nothing; a person decides. */
export type Applied = 'settled' | 'recorded' | 'repeated' | 'mismatch';

/** The ways in which one payment may go on. */
const STEPS: Record<string, readonly string[]> = {
  pending: ['confirmed', 'failed'],
  confirmed: ['refunded'],
};

/**
 * Puts a payment on record, once by its `provider_ref`, and settles its invoice when the confirmed payments are its
 * total, to the cent.
 */
export async function applyPayment(pool: Pool, event: BankEvent, now: () => Date): Promise<Applied> {
  return transaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtext('payment'), hashtext($1))`, [
      event.provider_ref,
    ]);
    const { rows: invoices } = await client.query<{ status: string }>(
      'select status from invoice_header where invoice_id = $1 for update',
      [event.invoice_id],
    );
    if (!(await record(client, event, invoices.length > 0))) return 'repeated';
    await audit(client, 'payment.recorded', 'payment', paymentOf(event), event, now());
    if (event.status === 'pending' || event.status === 'failed') return 'recorded';
    if (event.status === 'refunded' || !(await settle(client, event, now()))) return 'mismatch';
    await audit(client, 'invoice.paid', 'invoice', event.invoice_id, event, now());
    return 'settled';
  });
}

const paymentOf = ({ provider_ref }: BankEvent): string => `PAY-${provider_ref}`;

/** @returns whether there was anything new in it */
async function record(client: PoolClient, event: BankEvent, known: boolean): Promise<boolean> {
  const { rows } = await client.query<{ payment_id: string; status: string }>(
    'select payment_id, status from payment_txn where provider_ref = $1 order by created_at limit 1',
    [event.provider_ref],
  );
  const [before] = rows;
  if (!before) {
    await client.query(
      `insert into payment_txn (payment_id, invoice_id, method, amount_usd, provider_ref, status, created_at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        paymentOf(event),
        known ? event.invoice_id : null,
        event.method,
        event.amount_usd,
        event.provider_ref,
        event.status,
        event.created_at,
      ],
    );
    return true;
  }
  if (!STEPS[before.status]?.includes(event.status)) return false;
  await client.query('update payment_txn set status = $2 where payment_id = $1', [
    before.payment_id,
    event.status,
  ]);
  return true;
}

async function settle(client: PoolClient, { invoice_id }: BankEvent, at: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    `update invoice_header set status = 'paid', paid_at = $2::timestamptz
     where invoice_id = $1 and status = 'issued' and round(total_usd, 2) =
       (select sum(amount_usd) from payment_txn where invoice_id = $1 and status = 'confirmed')`,
    [invoice_id, at.toISOString()],
  );
  return rowCount === 1;
}

async function audit(
  client: PoolClient,
  action: string,
  type: string,
  id: string,
  { event_id, status, amount_usd }: BankEvent,
  at: Date,
): Promise<void> {
  await client.query(
    `insert into audit_event (occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
     values ($1, 'system', 'payment_webhook', $2, $3, $4, $5)`,
    [
      at.toISOString(),
      action,
      type,
      id,
      { run_id: event_id, what: `${status} payment of ${amount_usd} USD` },
    ],
  );
}
