import { shown, type FinancialRule } from './rule.ts';

const INEXACT = `
select invoice_id, tenant_id, total_usd::text, confirmed_usd::text
from noted.invoice_step
where became = 'paid' and round(confirmed_usd, 2) <> round(coalesce(total_usd, 0), 2)
order by seq`;

export const exactPayments: FinancialRule = {
  number: 3,
  title: 'No payment is applied on a guess',
  async check({ pool, before, after }) {
    const { rows } = await pool.query(INEXACT);
    const now = new Map(after.payments.map(({ payment_id, figures }) => [payment_id, figures]));
    const moved = before.payments
      .map(({ payment_id, figures }) => ({
        payment_id,
        before: figures,
        after: now.get(payment_id) ?? 'gone',
      }))
      .filter((payment) => payment.before !== payment.after);
    return [
      ...shown('an invoice was settled although its confirmed payments are not its total, to the cent', rows),
      ...shown('what a payment pays, or how much, was changed', moved),
    ];
  },
};
