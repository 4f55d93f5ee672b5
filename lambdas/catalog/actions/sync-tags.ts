import * as z from 'zod';
import { Period } from '../../domain/billing-period.ts';
import { costs, inventory } from '../../domain/lock-names.ts';
import { taggingImpact } from './cost-impacts.ts';
import { lambdaJob } from './lambda-job.ts';

/** Section 2's "run tagging sync job": copies tenant and plan from the inventory onto untagged cost lines. */
export const syncTags = lambdaJob({
  name: 'sync-tags',
  params: z.strictObject({ period: Period }),
  example: { period: '2026-11' },
  function: ({ jobs }) => jobs.tagSync,
  closedPeriod: 'refused',
  convergent: true,
  undo: {
    irreversible: 'It never overwrites a tag; the next ingestion brings the lines back as AWS knows them.',
  },
  before: {
    'run-tag-validator':
      'No tag is copied onto what is quarantined, so the playbook that validates first copies what the inventory knows; nothing is left for the other.',
    'run-allocation':
      'Costs go to the tenant that their tag names. Allocated before, they are shared among all until the nightly run, which every month has until it is closed.',
    'run-reconciliation':
      'No tag changes a total. Only exceptions of category Tagging come of them, and the next run resolves one whose cause is gone.',
    'mark-reconciled':
      'No tag changes a total, and the marking checks for open exceptions itself, under the rows’ locks.',
  },
  locks: ({ period = '' }) => ({ writes: [costs(period)], reads: [inventory] }),
  impact: ({ period = '' }, _context, tools) => taggingImpact(period, tools),
  describe: ({ period }, { estate }) => `run ${estate.jobs.tagSync} for ${period ?? ''}`,
});
