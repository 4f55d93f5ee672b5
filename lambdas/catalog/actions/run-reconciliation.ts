import * as z from 'zod';
import { Period } from '../../domain/billing-period.ts';
import { allocation, costs, invoices, reconciliation } from '../../domain/lock-names.ts';
import { lambdaJob } from './lambda-job.ts';
import { reconcilingImpact } from './reconciliation-impacts.ts';

/**
 * Section 4's `aws lambda invoke --function-name recon_runner`: compares charged, allocated and
 * invoiced again.
 */
export const runReconciliation = lambdaJob({
  name: 'run-reconciliation',
  params: z.strictObject({ period: Period }),
  example: { period: '2026-11' },
  function: ({ jobs }) => jobs.reconciliation,
  closedPeriod: 'refused',
  undo: {
    irreversible:
      'It judges the totals as they are, and would judge them so again; the former verdict is in the evidence.',
  },
  locks: ({ period = '' }) => ({
    writes: [reconciliation(period)],
    reads: [costs(period), allocation(period), invoices(period)],
  }),
  impact: ({ period = '' }, _context, tools) => reconcilingImpact(period, tools),
  describe: ({ period }, { estate }) => `run ${estate.jobs.reconciliation} for ${period ?? ''}`,
});
