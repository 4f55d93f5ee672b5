import { SOMEBODY_LACKS_ONE } from '../probes/missing-invoices.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** Hours since a period was closed that has no invoice for a tenant with a plan. */
export const invoiceLag = ledgerSignal({
  metric: 'invoice_emission_lag_hours',
  unit: 'None',
  worst: 'highest',
  whenNone: 0,
  sql: `
select to_char(p.period_start, 'YYYY-MM') as "Period",
       round(extract(epoch from $1::timestamptz - p.changed_at) / 3600, 3) as value
from period_state p
where p.state = 'closed' and ${SOMEBODY_LACKS_ONE}`,
});
