import type { Pool } from 'pg';

export interface InvoiceState {
  readonly invoice_id: string;
  readonly period: string;
  readonly status: string;
  /** Tenant, month and amounts, and when it was issued. */
  readonly figures: string;
  readonly paid_at: string | null;
  /** Over its lines. */
  readonly lines: string;
  /** Whether its month was closed. */
  readonly closed: boolean;
}

export interface PaymentState {
  readonly payment_id: string;
  /** What it pays, and how much. */
  readonly figures: string;
}

/** What must not change behind anybody's back. */
export interface LedgerState {
  /** Months that are closed. */
  readonly closed: readonly string[];
  /** A hash over the figures of each month, per table, and of Athena's files where they were given. */
  readonly figures: Readonly<Record<string, string>>;
  readonly invoices: readonly InvoiceState[];
  readonly payments: readonly PaymentState[];
  /** Top-ups by tenant, metric and month. */
  readonly topUps: Readonly<Record<string, number>>;
}

/** Tables that hold a month's figures: which columns, and the condition that picks the month `$1`. */
const FIGURES: Readonly<Record<string, { columns: string; month: string }>> = {
  fact_cost_raw: { columns: '*', month: `bill_billing_period_start_date = $1::timestamp at time zone 'UTC'` },
  fact_cost_allocated: { columns: '*', month: 'period_start = $1::date' },
  // The figures, not what people have made of them: a difference may yet be resolved.
  recon_summary: {
    columns:
      'recon_id, service, aws_total_usd, allocated_total_usd, invoiced_total_usd, operator_overhead_usd, variance_usd, variance_pct',
    month: 'period_start = $1::date',
  },
  period_state: { columns: 'period_start, state, changed_at', month: 'period_start = $1::date' },
};

const INVOICES = `
select invoice_id, to_char(header.period_start, 'YYYY-MM') as period, status, paid_at::text,
       jsonb_build_array(tenant_id, header.period_start, period_end, subtotal_usd, tax_usd, total_usd, issued_at)::text as figures,
       (select md5(coalesce(string_agg(line::text, e'\\n' order by line::text collate "C"), ''))
        from invoice_detail line where line.invoice_id = header.invoice_id) as lines,
       coalesce((select state = 'closed' from period_state where period_state.period_start = header.period_start), false) as closed
from invoice_header header order by 1`;

const PAYMENTS = `
select payment_id, jsonb_build_array(invoice_id, method, amount_usd, provider_ref)::text as figures
from payment_txn order by 1`;

const TOP_UPS = `
select tenant_id || ' ' || coalesce(metric_code, '') || ' ' || to_char(period_start, 'YYYY-MM') as key, count(*)::int as count
from invoice_detail join invoice_header using (invoice_id) where line_type = 'topup' group by 1`;

const MONTHS = `
select to_char(period_start, 'YYYY-MM') as month, state = 'closed' as closed from period_state order by 1`;

/** @param files a hash of Athena's files for a month, if there are any */
export async function ledgerState(
  pool: Pool,
  files?: (month: string) => Promise<string>,
): Promise<LedgerState> {
  const { rows: months } = await pool.query<{ month: string; closed: boolean }>(MONTHS);
  const figures: Record<string, string> = {};
  for (const { month } of months) {
    for (const [table, { columns, month: ofMonth }] of Object.entries(FIGURES)) {
      const { rows } = await pool.query<{ hash: string | null }>(
        // PostgreSQL's own hash of each row: to sort them as text took longer than everything else that a drill asks.
        `select nullif(count(*), 0) || ' ' || sum(hash_record_extended(line, 0)) as hash
         from (select ${columns} from ${table} where ${ofMonth}) line`,
        [`${month}-01`],
      );
      figures[`${month} ${table}`] = rows[0]?.hash ?? 'nothing';
    }
    if (files) figures[`${month} Athena`] = await files(month);
  }
  const { rows: invoices } = await pool.query<InvoiceState>(INVOICES);
  const { rows: payments } = await pool.query<PaymentState>(PAYMENTS);
  const { rows: topUps } = await pool.query<{ key: string; count: number }>(TOP_UPS);
  return {
    closed: months.filter(({ closed }) => closed).map(({ month }) => month),
    figures,
    invoices,
    payments,
    topUps: Object.fromEntries(topUps.map(({ key, count }) => [key, count])),
  };
}
