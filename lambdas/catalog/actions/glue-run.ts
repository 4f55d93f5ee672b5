import type { Glue } from '@aws-sdk/client-glue';
import { arnOf, type Permissions } from '../../platform/iam.ts';
import { errorCause } from '../../platform/error-cause.ts';
import { isUnfinished } from '../probes/ingestion-runs.ts';
import type { Busy, Handle, Progress, Reconciled } from './definition.ts';

/** How many runs are searched: within a run's life the job starts less often. */
const RUNS_LOOKED_AT = 50;

export const glueReadPermissions: Permissions = (settings) => [
  {
    actions: ['glue:GetJobRun', 'glue:GetJobRuns'],
    resources: [arnOf(settings, 'glue', `job/${settings.estate.ingestion.job}`)],
  },
];

/** Finds the run with our `--run_id`: Glue's StartJobRun takes no idempotency token. */
export async function findJobRun(glue: Glue, job: string, runId: string): Promise<Reconciled> {
  const { JobRuns = [] } = await glue.getJobRuns({ JobName: job, MaxResults: RUNS_LOOKED_AT });
  const ours = JobRuns.find((run) => run.Arguments?.['--run_id'] === runId);
  return ours?.Id ? { state: 'started', handle: { job, jobRunId: ours.Id } } : { state: 'absent' };
}

/** A run of the job that has not ended, of any month and by any starter. */
export async function unfinishedRun(glue: Glue, job: string): Promise<Busy> {
  const { JobRuns = [] } = await glue.getJobRuns({ JobName: job, MaxResults: RUNS_LOOKED_AT });
  const run = JobRuns.find(({ JobRunState = '' }) => isUnfinished({ state: JobRunState }));
  return run ? { by: `${run.Id ?? 'a run'} of ${job}` } : {};
}

export async function jobRunProgress(glue: Glue, { job, jobRunId }: Handle): Promise<Progress> {
  const { JobRun } = await glue.getJobRun({ JobName: job, RunId: jobRunId });
  const state = JobRun?.JobRunState ?? 'unknown';
  switch (state) {
    case 'SUCCEEDED':
      return { state: 'succeeded', summary: `${jobRunId} SUCCEEDED after ${minutes(JobRun)} min` };
    case 'FAILED':
    case 'ERROR':
    case 'STOPPED':
    case 'TIMEOUT':
    case 'EXPIRED':
      return {
        state: 'failed',
        summary: `${jobRunId} ${state}: ${errorCause(JobRun?.ErrorMessage ?? null)}`,
      };
    default:
      return { state: 'running', summary: `${jobRunId} ${state}` };
  }
}

const minutes = (run?: { StartedOn?: Date | undefined; CompletedOn?: Date | undefined }): string =>
  run?.StartedOn && run.CompletedOn
    ? ((run.CompletedOn.getTime() - run.StartedOn.getTime()) / 60_000).toFixed(0)
    : '?';
