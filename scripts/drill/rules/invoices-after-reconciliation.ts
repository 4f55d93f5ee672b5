import { shown, type FinancialRule } from './rule.ts';

const EARLY = `
select invoice_id, tenant_id, to_char(period_start, 'YYYY-MM') as period, coalesce(reconciliation, 'none') as reconciliation
from noted.invoice_step
where became = 'issued' and coalesce(reconciliation, 'none') not in ('ok', 'resolved')
order by seq`;

export const invoicesAfterReconciliation: FinancialRule = {
  number: 2,
  title: 'No invoice before its period is reconciled',
  async check({ pool }) {
    const { rows } = await pool.query(EARLY);
    return shown('an invoice was issued while its period was not reconciled', rows);
  },
};
