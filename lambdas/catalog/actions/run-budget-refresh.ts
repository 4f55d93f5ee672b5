import * as z from 'zod';
import { periodOf } from '../../domain/billing-period.ts';
import { allAllocations, budgets } from '../../domain/lock-names.ts';
import { impactInLedger } from './impact.ts';
import { lambdaJob } from './lambda-job.ts';

/** Of the current month; only budgets of tenants count as tenants' figures. */
const REFRESHED = `
select count(*)::int as rows, '0' as usd,
       coalesce(array_agg(distinct scope_ref) filter (where scope_type = 'tenant'), '{}') as tenants
from budget_master where period = $1`;

/** Section 3's `aws lambda invoke --function-name budget_refresh_prod`: the budgets of the open month. */
export const runBudgetRefresh = lambdaJob({
  name: 'run-budget-refresh',
  params: z.strictObject({}),
  example: {},
  function: ({ jobs }) => jobs.budgetRefresh,
  closedPeriod: 'refused',
  undo: { irreversible: 'It recomputes what was spent from the allocated costs; older figures were older.' },
  // The job finds the month itself.
  locks: () => ({ writes: [budgets], reads: [allAllocations] }),
  impact: (_params, { now }, tools) => impactInLedger(tools, REFRESHED, [periodOf(now)]),
  describe: (_params, { estate }) => `run ${estate.jobs.budgetRefresh}`,
});
