import { SOMEBODY_LACKS_ONE } from '../probes/missing-invoices.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** Hours since a period was closed that has no invoice for a tenant with a plan. */
export const invoiceLag = ledgerSignal({
  metric: 'invoice_emission_lag_hours',
  unit: 'None',
  worst: 'highest',
  whenNone: 0,
  reads: [
    'invoice_header (period_start, status, tenant_id)',
    'period_state (changed_at, period_start, state)',
    'tenant_plan_binding (period_end, period_start, status, tenant_id)',
  ],
  sql: `
select to_char(p.period_start, 'YYYY-MM') as "Period",
       extract(epoch from $1::timestamptz - coalesce(case when p.changed_at <= $1::timestamptz then p.changed_at end, p.period_start + interval '1 month')) / 3600 as value
from period_state p
where p.state = 'closed' and ${SOMEBODY_LACKS_ONE}`,
});
