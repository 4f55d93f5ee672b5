import * as z from 'zod';
import { Period } from '../../domain/billing-period.ts';
import { costs, inventory } from '../../domain/lock-names.ts';
import { taggingImpact } from './cost-impacts.ts';
import { lambdaJob } from './lambda-job.ts';

/** Copies tenant and plan from the inventory onto untagged cost lines: section 2's "run tagging sync job". */
export const syncTags = lambdaJob({
  name: 'sync-tags',
  params: z.strictObject({ period: Period }),
  function: ({ jobs }) => jobs.tagSync,
  closedPeriod: 'refused',
  convergent: true,
  undo: {
    irreversible: 'It never overwrites a tag; the next ingestion brings the lines back as AWS knows them.',
  },
  locks: ({ period = '' }) => ({ writes: [costs(period)], reads: [inventory] }),
  impact: ({ period = '' }, _context, tools) => taggingImpact(period, tools),
  describe: ({ period }, { estate }) => `run ${estate.jobs.tagSync} for ${period ?? ''}`,
});
