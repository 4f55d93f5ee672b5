import type { PoolClient } from 'pg';
import { issueInvoices } from '../jobs/invoice-sql.ts';
import { reconOf } from '../jobs/reconciliation.ts';
import { endOf, firstDay, nextFirstDay, startOf, type Period } from '../period.ts';

const HOUR_MS = 3_600_000;
const after = (period: Period, hours: number): string =>
  new Date(endOf(period).getTime() + hours * HOUR_MS).toISOString();

/** All have paid, but the last tenant: its invoice is issued and waits for its payment. */
const PAYMENTS = `
insert into payment_txn (payment_id, invoice_id, method, amount_usd, provider_ref, status, created_at)
select 'PAY-' || substr(invoice_id, 5), invoice_id, 'bank_transfer', total_usd, 'bank-' || md5(invoice_id), 'confirmed', $2::timestamptz
from invoice_header
where period_start = $1::date and tenant_id <> (select max(tenant_id) from tenant_master)`;

const SETTLEMENTS = `
update invoice_header set status = 'paid', paid_at = $2::timestamptz
where period_start = $1::date and exists (select from payment_txn where payment_txn.invoice_id = invoice_header.invoice_id)`;

const AUDIT = `
insert into audit_event (event_id, occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
select md5('issued/' || invoice_id)::uuid, issued_at, 'system', 'invoice_emitter', 'invoice.issued', 'invoice', invoice_id,
       jsonb_build_object('tenant_id', tenant_id)
from invoice_header where period_start = $1::date`;

/** Invoices of a closed period, issued five days after its end, and their payments. */
export async function seedInvoices(client: PoolClient, period: Period): Promise<void> {
  const [first, issued, paid] = [firstDay(period), after(period, 5 * 24), after(period, 12 * 24)];
  await issueInvoices(client, period, issued);
  await client.query(PAYMENTS, [first, paid]);
  await client.query(SETTLEMENTS, [first, paid]);
  await client.query(AUDIT, [first]);
}

/** By service and (service null) as a whole. Everything is allocated: there is no operator overhead. */
const RECONCILIATION = `
with raw as (
  select coalesce(nullif(product_servicecode, ''), 'Unattributed') as service, sum(line_item_unblended_cost) as total
  from fact_cost_raw where bill_billing_period_start_date = $4::timestamptz group by 1
),
allocated as (
  select service, sum(allocated_cost_usd) as total from fact_cost_allocated where period_start = $2::date group by 1
),
invoiced as (
  select metric_code as service, sum(amount_usd) as total
  from invoice_detail join invoice_header using (invoice_id)
  where period_start = $2::date and line_type = 'allocation' group by 1
),
compared as (
  select raw.service, sum(round(raw.total, 6)) as aws, sum(coalesce(allocated.total, 0)) as allocated,
         sum(invoiced.total) as invoiced
  from raw left join allocated using (service) left join invoiced using (service)
  group by grouping sets ((raw.service), ())
)
insert into recon_summary
  (recon_id, service, period_start, period_end, aws_total_usd, allocated_total_usd, invoiced_total_usd,
   operator_overhead_usd, variance_usd, variance_pct, status, created_at)
select $1, service, $2::date, $3::date, aws, allocated, invoiced, 0, allocated - aws,
       case when aws = 0 then null else round(100 * (allocated - aws) / aws, 6) end, $5, $6::timestamptz
from compared where aws is not null`;

export async function seedReconciliation(
  client: PoolClient,
  period: Period,
  status: 'ok' | 'provisional',
  at: Date,
): Promise<void> {
  const [first, next, start] = [firstDay(period), nextFirstDay(period), startOf(period).toISOString()];
  await client.query(RECONCILIATION, [reconOf(period), first, next, start, status, at.toISOString()]);
  if (status !== 'ok') return;
  await client.query(
    `insert into recon_exceptions (exception_id, recon_id, category, description, variance_pct, status, created_at)
     values ($1, $2, 'Timing', 'Credit lines of the last day arrived after the first reconciliation', 0.12, 'resolved', $3)`,
    [`EXC-${period}-0001`, reconOf(period), after(period, 48)],
  );
}
