import * as z from 'zod';
import { Period } from '../period.ts';
import { lambdaJob } from './lambda-job.ts';

/** Section 5's `aws lambda invoke --function-name tag_validator`: quarantines what lacks tags, releases what has them. */
export const runTagValidator = lambdaJob({
  name: 'run-tag-validator',
  params: z.strictObject({ period: Period }),
  function: ({ jobs }) => jobs.tagValidator,
  closedPeriod: 'refused',
  undo: { by: 'the next validation, which releases every resource that has its tags by then.' },
  tell: ({ period = '' }, { estate }) => `run ${estate.jobs.tagValidator} for ${period}`,
});
