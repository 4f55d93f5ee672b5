import * as z from 'zod';
import { Period } from '../period.ts';
import { lambdaJob } from './lambda-job.ts';

/** Compares charged, allocated and invoiced anew: section 4's `aws lambda invoke --function-name recon_runner`. */
export const runReconciliation = lambdaJob({
  name: 'run-reconciliation',
  params: z.strictObject({ period: Period }),
  function: ({ jobs }) => jobs.reconciliation,
  closedPeriod: 'refused',
  undo: { by: 'running it again: it is computed from the costs, and keeps what people entered.' },
  tell: ({ period }, { estate }) => `run ${estate.jobs.reconciliation} for ${period ?? ''}`,
});
