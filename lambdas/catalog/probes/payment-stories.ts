import { dollars } from '../../domain/words.ts';
import * as z from 'zod';
import { ledgerProbe } from './ledger-probe.ts';

/** SQL: an invoice is due in whole cents. Its total is rounded once, here; payments are added up as they came. */
const DUE = `round(total_usd, 2)`;

/**
 * SQL: both sides of each invoice (of the one in $1, or of all) whose confirmed payments and status
 * disagree, to the cent. Nothing is owed on an invoice of 0: without a payment it may stay issued, and with a
 * confirmed payment of 0 it is paid. An amount that is no number is more than any.
 */
const MISMATCHES = `
money as (
  select invoice_id, sum(amount_usd) filter (where status = 'confirmed') as paid,
         (count(*) filter (where status = 'confirmed'))::int as confirmed,
         (count(*) filter (where status = 'pending'))::int as pending,
         (count(*) filter (where status = 'failed'))::int as failed,
         (count(*) filter (where status = 'refunded' or amount_usd < 0))::int as refunded
  from payment_txn where invoice_id is not null and ($1::text is null or invoice_id = $1)
  group by 1
),
side as (
  select invoice_id, tenant_id, period_start, invoice.status, ${DUE} as due, coalesce(paid, 0) as paid,
         coalesce(confirmed, 0) as confirmed, coalesce(pending, 0) as pending, coalesce(failed, 0) as failed,
         coalesce(refunded, 0) as refunded
  from invoice_header invoice left join money using (invoice_id)
  where $1::text is null or invoice_id = $1
),
mismatch as (
  select * from side
  where case status when 'paid' then paid <> due
                    when 'issued' then paid <> 0 or (confirmed > 0 and due = 0)
                    else paid <> 0 end
)`;

/** SQL: payments without an existing invoice. */
const UNASSIGNED = `select count(*)::int as count, coalesce(sum(amount_usd), 0)::text as total
from payment_txn where invoice_id is null and status = 'confirmed'`;

/** SQL: the number of mismatches in the ledger; $1 is null. */
export const MISMATCH_COUNT = `
with ${MISMATCHES}, unassigned as (${UNASSIGNED})
select (select count(*) from mismatch) + unassigned.count as value from unassigned`;

/** Of more invoices only the number is known. */
export const INVOICES_LISTED = 50;

/**
 * SQL: what of a provider's reference names the transfer. Case, blanks and the form of a letter change on the way
 * through banks, and zero-width characters are seen by nobody. Null: it names none.
 */
export const transferOf = (reference: string): string =>
  `nullif(lower(regexp_replace(normalize(${reference}, NFKC), '[\\s\\u00ad\\u200b-\\u200f\\u2060\\ufeff]+', '', 'g')), '')`;

/**
 * SQL: the mismatches; $1 null or one invoice. A possible duplicate is a confirmed payment that names the transfer of
 * another, or that has the invoice and the amount of another: unless both name their transfers, and all add up to
 * the total, as instalments do.
 */
export const STORIES = `
with ${MISMATCHES},
confirmed as (
  select payment_id, invoice_id, amount_usd, ${transferOf('provider_ref')} as transfer
  from payment_txn where status = 'confirmed'
),
mine as (select confirmed.*, paid = due as exact from confirmed join mismatch using (invoice_id)),
twin as (
  select one.payment_id from mine one
  join confirmed other on other.transfer = one.transfer and other.payment_id <> one.payment_id
  union
  select one.payment_id from mine one
  join mine other on other.invoice_id = one.invoice_id and other.amount_usd = one.amount_usd and other.payment_id <> one.payment_id
  where not one.exact or one.transfer is null or other.transfer is null
)
select invoice_id as "invoiceId", tenant_id as "tenantId", to_char(period_start, 'YYYY-MM') as period, status, due::text as total, paid::text, case when 'NaN' in (paid, due) then 1 else sign(paid - due)::int end as balance,
       confirmed, pending, failed, refunded,
       (select count(*)::int from mine join twin using (payment_id) where mine.invoice_id = mismatch.invoice_id) as duplicates,
       (count(*) over ())::int as count
from mismatch
order by invoice_id limit ${INVOICES_LISTED}`;

export const Invoice = z.object({
  invoiceId: z.string(),
  tenantId: z.string(),
  /** `2026-11`, or what there is instead: one odd date costs no other invoice. */
  period: z.string(),
  status: z.enum(['open', 'issued', 'paid', 'void']),
  /** USD to the cent, as text. */
  total: z.string(),
  /** Confirmed payments, not rounded. */
  paid: z.string(),
  /** Paid less than the total (-1), exactly that (0), or more (1). */
  balance: z.literal([-1, 0, 1]),
  confirmed: z.int(),
  pending: z.int(),
  failed: z.int(),
  refunded: z.int(),
  duplicates: z.int(),
});
export type Invoice = z.infer<typeof Invoice>;

export const PaymentStories = z.object({ count: z.int(), invoices: z.array(Invoice) });
export type PaymentStories = z.infer<typeof PaymentStories>;

export type Story = 'exact' | 'partial' | 'over' | 'duplicate' | 'refunded' | 'not due';

/** What both sides of an invoice mean together. Only `exact` needs no person. */
export function storyOf({ status, balance, confirmed, refunded, duplicates }: Invoice): Story {
  if (refunded > 0) return 'refunded';
  if (duplicates > 0) return 'duplicate';
  if (status === 'open' || status === 'void') return 'not due';
  if (balance !== 0) return balance < 0 ? 'partial' : 'over';
  return status === 'issued' && confirmed > 0 ? 'exact' : 'not due';
}

/** For people. */
export const describeInvoice = (invoice: Invoice): string =>
  `${invoice.invoiceId} ${storyOf(invoice)} (${invoice.status}, total ${invoice.total}, confirmed ${figureOf(invoice.paid)} in ` +
  `${invoice.confirmed}, pending ${invoice.pending}, refunded ${invoice.refunded}, duplicates ${invoice.duplicates})`;

/** `100.10` of `100.100000`, and every digit of `100.105`: what is half a cent short must not read like the total. */
function figureOf(usd: string): string {
  const [whole = '0', cents = ''] = usd.split('.');
  return `${whole}.${cents.replace(/0+$/, '').padEnd(2, '0')}`;
}

export const paymentStories = ledgerProbe<unknown, PaymentStories, Invoice & { count: number }>({
  name: 'payment-stories',
  question: 'On which invoices do confirmed money and status contradict each other?',
  sql: STORIES,
  values: () => [null],
  printed: [
    `SELECT i.invoice_id, i.status, p.payment_id, p.status, p.amount_usd
FROM invoice_header i
LEFT JOIN payment_txn p ON p.invoice_id=i.invoice_id
WHERE i.status!='paid';`,
  ],
  value: PaymentStories,
  read: (rows) => ({ count: rows[0]?.count ?? 0, invoices: rows.map((row) => Invoice.parse(row)) }),
  describe: ({ count, invoices }) =>
    count === 0 ? 'on none' : `on ${count}: ${invoices.slice(0, 5).map(describeInvoice).join('; ')}`,
});

const Unassigned = z.object({ count: z.int(), total: z.string() });

export const unassignedPayments = ledgerProbe<
  unknown,
  z.infer<typeof Unassigned>,
  z.infer<typeof Unassigned>
>({
  name: 'unassigned-payments',
  question: 'Has money come without an invoice that there is?',
  sql: UNASSIGNED,
  values: () => [],
  value: Unassigned,
  read: ([row]) => row ?? { count: 0, total: '0.00' },
  describe: ({ count, total }) => `${count} confirmed payments, ${dollars(total)}`,
});
