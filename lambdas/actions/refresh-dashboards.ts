import * as z from 'zod';
import { lambdaJob } from './lambda-job.ts';

/** All dashboards show the ledger as it is now: section 10's `aws lambda invoke --function-name dashboard_refresher`. */
export const refreshDashboards = lambdaJob({
  name: 'refresh-dashboards',
  params: z.strictObject({}),
  function: ({ jobs }) => jobs.dashboardRefresher,
  closedPeriod: { allowed: 'It shows what the ledger holds, and touches no figure of any period.' },
  undo: { irreversible: 'A dashboard shows the newest figures; older ones are nothing to go back to.' },
  tell: () => 'refresh the dashboards',
});
