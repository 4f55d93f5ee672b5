import { BUDGET_HOURS, CURRENT_BUDGET } from '../probes/budgets.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** Age of the oldest budget's refresh, in hours. */
export const budgetAge = ledgerSignal({
  metric: 'budget_age_hours',
  unit: 'None',
  worst: 'highest',
  whenNone: null,
  reads: ['budget_master (last_refreshed_at, period, scope_type)', 'period_state (period_start, state)'],
  sql: `
select scope_type as "Scope", max(${BUDGET_HOURS}) as value
from budget_master where ${CURRENT_BUDGET} group by 1`,
});
