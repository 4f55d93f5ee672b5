import { CURRENT_BUDGET, REFRESHED } from '../probes/budgets.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** Age of the oldest budget's refresh, in hours. */
export const budgetAge = ledgerSignal({
  metric: 'budget_age_hours',
  unit: 'None',
  worst: 'highest',
  whenNone: null,
  sql: `
select scope_type as "Scope", round(extract(epoch from $1::timestamptz - min(${REFRESHED})) / 3600, 3) as value
from budget_master where ${CURRENT_BUDGET} group by 1`,
});
