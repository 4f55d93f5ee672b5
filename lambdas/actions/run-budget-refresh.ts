import * as z from 'zod';
import { lambdaJob } from './lambda-job.ts';

/** Section 3's `aws lambda invoke --function-name budget_refresh_prod`: the budgets of the open month. */
export const runBudgetRefresh = lambdaJob({
  name: 'run-budget-refresh',
  params: z.strictObject({}),
  function: ({ jobs }) => jobs.budgetRefresh,
  closedPeriod: 'refused',
  undo: { irreversible: 'It recomputes what was spent from the allocated costs; older figures were older.' },
  tell: (_params, { estate }) => `run ${estate.jobs.budgetRefresh}`,
});
