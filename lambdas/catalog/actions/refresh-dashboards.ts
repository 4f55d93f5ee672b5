import * as z from 'zod';
import { allCaps, dashboards } from '../../domain/lock-names.ts';
import { impactInLedger } from './impact.ts';
import { lambdaJob } from './lambda-job.ts';

const SHOWN = `select count(*)::int as rows, '0' as usd, '{}'::text[] as tenants from dashboard_state`;

/**
 * Section 10's `aws lambda invoke --function-name dashboard_refresher`: all dashboards show the ledger
 * as it is now.
 */
export const refreshDashboards = lambdaJob({
  name: 'refresh-dashboards',
  params: z.strictObject({}),
  example: {},
  function: ({ jobs }) => jobs.dashboardRefresher,
  follows: true,
  closedPeriod: { allowed: 'It shows what the ledger holds, and touches no figure of any period.' },
  undo: { irreversible: 'A dashboard shows the newest figures; older ones are nothing to go back to.' },
  locks: () => ({ writes: [dashboards], reads: [allCaps] }),
  impact: (_params, _context, tools) => impactInLedger(tools, SHOWN, []),
  describe: () => 'refresh the dashboards',
});
