import * as z from 'zod';
import { Period } from '../../domain/billing-period.ts';
import { arnOf } from '../../platform/iam.ts';
import { costs } from '../../domain/lock-names.ts';
import { ingestionImpact } from './cost-impacts.ts';
import type { ActionDefinition } from './definition.ts';
import { findJobRun, glueReadPermissions, jobRunProgress, unfinishedRun } from './glue-run.ts';

const Params = z.strictObject({ period: Period });

/** Loads a period's delivery into both copies of `fact_cost_raw`: section 1's `aws glue start-job-run`. */
export const startIngestion: ActionDefinition = {
  name: 'start-ingestion',
  params: Params,
  example: { period: '2026-11' },
  changes: true,
  closedPeriod: 'refused',
  permissions: (settings) => [
    {
      actions: ['glue:StartJobRun'],
      resources: [arnOf(settings, 'glue', `job/${settings.estate.ingestion.job}`)],
    },
  ],
  readPermissions: glueReadPermissions,
  repeat:
    'The job is idempotent by --run_id; an interrupted start is looked for among the runs before it is sent again.',
  undo: {
    irreversible: 'It replaces a period by what AWS delivered for it; the former state is an older delivery.',
  },
  before: {
    'sync-tags':
      'An ingestion brings the lines back without the tags copied onto them. The coverage alarm fires again then, and they are copied again.',
    'run-tag-validator':
      'It judges the lines that are there. The next validation judges what was loaded since.',
  },
  locks: ({ period = '' }) => ({ writes: [costs(period)], reads: [] }),
  impact: ({ period = '' }, _context, tools) => ingestionImpact(period, tools),
  trace: ({ period = null }, { estate }) => ({ job: estate.ingestion.job, period, tenant: null }),
  describe: ({ period }, { estate }) => `start Glue job ${estate.ingestion.job} for ${period}`,
  async start(params, { settings, actionId, fence }, tools) {
    const { period } = Params.parse(params);
    const { job } = settings.estate.ingestion;
    const { JobRunId } = await (
      await tools.glue()
    ).startJobRun({
      JobName: job,
      Arguments: { '--period': period, '--run_id': actionId, '--fence': fence },
    });
    if (!JobRunId) throw new Error(`Glue accepted a start of ${job} but gave no run id`);
    return { job, jobRunId: JobRunId };
  },
  async reconcile(_params, { settings, actionId }, tools) {
    return findJobRun(await tools.glue(), settings.estate.ingestion.job, actionId);
  },
  // Glue itself lets one run at a time in, from any starter: a load of another month is waited for, not refused.
  async busy(_params, { settings }, tools) {
    return unfinishedRun(await tools.glue(), settings.estate.ingestion.job);
  },
  // Glue takes its time before a job begins.
  startsSlowly: true,
  async progress(handle, _context, tools) {
    return jobRunProgress(await tools.glue(), handle);
  },
};
