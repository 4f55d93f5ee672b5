import * as z from 'zod';
import { Period } from '../../domain/billing-period.ts';
import { costs, inventory } from '../../domain/lock-names.ts';
import { validationImpact } from './cost-impacts.ts';
import { lambdaJob } from './lambda-job.ts';

/**
 * Section 5's `aws lambda invoke --function-name tag_validator`: quarantines resources without tags,
 * releases those with tags.
 */
export const runTagValidator = lambdaJob({
  name: 'run-tag-validator',
  params: z.strictObject({ period: Period }),
  example: { period: '2026-11' },
  function: ({ jobs }) => jobs.tagValidator,
  closedPeriod: 'refused',
  undo: {
    irreversible:
      'It judges by the tags there are, and would judge so again: a resource leaves quarantine once it has its tags.',
  },
  locks: ({ period = '' }) => ({ writes: [inventory], reads: [costs(period)] }),
  impact: ({ period = '' }, _context, tools) => validationImpact(period, tools),
  describe: ({ period = '' }, { estate }) => `run ${estate.jobs.tagValidator} for ${period}`,
});
