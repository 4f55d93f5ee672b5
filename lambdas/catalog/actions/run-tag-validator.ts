import * as z from 'zod';
import { Period } from '../../domain/billing-period.ts';
import { costs, inventory } from '../../domain/lock-names.ts';
import { validationEffect } from './cost-effects.ts';
import { lambdaJob } from './lambda-job.ts';

/** Section 5's `aws lambda invoke --function-name tag_validator`: quarantines what lacks tags, releases what has them. */
export const runTagValidator = lambdaJob({
  name: 'run-tag-validator',
  params: z.strictObject({ period: Period }),
  function: ({ jobs }) => jobs.tagValidator,
  closedPeriod: 'refused',
  undo: {
    irreversible:
      'It judges by the tags there are, and would judge so again: a resource leaves quarantine once it has its tags.',
  },
  touches: ({ period = '' }) => ({ writes: [inventory], reads: [costs(period)] }),
  effect: ({ period = '' }, _context, tools) => validationEffect(period, tools),
  tell: ({ period = '' }, { estate }) => `run ${estate.jobs.tagValidator} for ${period}`,
});
