import type { InvoiceState } from '../ledger-state.ts';
import { shown, type FinancialRule } from './rule.ts';

/** An invoice that is issued later than its fellows must be the sum of its lines. */
const SUMS = `
select header.invoice_id, subtotal_usd::text, tax_usd::text, total_usd::text, lines.sum::text as lines
from invoice_header header
join lateral (select coalesce(sum(amount_usd), 0) as sum from invoice_detail detail
              where detail.invoice_id = header.invoice_id) lines on true
where header.invoice_id in (select invoice_id from noted.invoice_step where became = 'issued')
  and (subtotal_usd <> lines.sum or total_usd <> subtotal_usd + tax_usd)`;

export const closedImmutable: FinancialRule = {
  number: 1,
  title: 'A closed period is immutable',
  async check({ pool, before, after }) {
    const changed = Object.entries(before.figures)
      .filter(([place]) => before.closed.includes(place.slice(0, 7)))
      .filter(([place, hash]) => after.figures[place] !== hash)
      .map(([place, hash]) => ({ place, before: hash, after: after.figures[place] ?? 'gone' }));
    const now = new Map(after.invoices.map((invoice) => [invoice.invoice_id, invoice]));
    const invoices = before.invoices
      .filter(({ closed, status }) => closed && status !== 'open')
      .map((was) => ({ was, is: now.get(was.invoice_id) }))
      .filter(({ was, is }) => !is || !isSettlementOrSame(was, is));
    return [
      ...shown("a closed month's figures have changed", changed),
      ...shown("a closed month's invoice has changed, and not by being paid", invoices),
      ...shown('an issued invoice is not the sum of its lines', (await pool.query(SUMS)).rows),
    ];
  },
};

function isSettlementOrSame(was: InvoiceState, is: InvoiceState): boolean {
  if (is.figures !== was.figures || is.lines !== was.lines) return false;
  if (is.status === was.status) return is.paid_at === was.paid_at;
  return was.status === 'issued' && is.status === 'paid' && is.paid_at !== null;
}
