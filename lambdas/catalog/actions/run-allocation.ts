import * as z from 'zod';
import { Period } from '../../domain/billing-period.ts';
import { allocation, costs } from '../../domain/lock-names.ts';
import { allocationImpact } from './cost-impacts.ts';
import { lambdaJob } from './lambda-job.ts';

const Params = z.strictObject({
  period: Period,
  rule_version: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'a rule version such as "2"')
    .optional(),
}) as unknown as z.ZodType<Readonly<Record<string, string>>>;

/**
 * Section 2's `aws lambda invoke --function-name allocation_runner`: allocates a period's costs to
 * tenants again.
 */
export const runAllocation = lambdaJob({
  name: 'run-allocation',
  params: Params,
  example: { period: '2026-11' },
  function: ({ jobs }) => jobs.allocation,
  closedPeriod: 'refused',
  payload: ({ period, rule_version: version }) => ({
    period,
    ...(version !== undefined && { rule_version: Number(version) }),
  }),
  undo: {
    irreversible: 'It recomputes the allocation from the raw costs; the former figures are in the evidence.',
  },
  before: {
    'run-budget-refresh':
      'A budget shows what is allocated. Refreshed before, it shows the former figures until the next daily refresh.',
  },
  locks: ({ period = '' }) => ({ writes: [allocation(period)], reads: [costs(period)] }),
  impact: ({ period = '' }, _context, tools) => allocationImpact(period, tools),
  describe: ({ period, rule_version: version }, { estate }) =>
    `run ${estate.jobs.allocation} for ${period ?? ''}${version === undefined ? '' : ` by rule version ${version}`}`,
});
