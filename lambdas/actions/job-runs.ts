import type { ReadTools } from '../engine/tools.ts';
import { errorCause } from '../probes/error-cause.ts';
import type { Progress, Reconciled } from './definition.ts';

/** Written by each job in the transaction of its work: what is not there has not been done. */
const RUN = `select job, status, result from job_run where run_id = $1`;

interface JobRun {
  readonly job: string;
  readonly status: 'started' | 'completed' | 'failed';
  readonly result: { readonly error?: string } | null;
}

/** Whether a job has taken up the run of that id. */
export async function findRun(tools: ReadTools, job: string, runId: string): Promise<Reconciled> {
  const { rows } = await tools.ledger.query<JobRun & object>(RUN, [runId]);
  return rows.length > 0 ? { state: 'started', handle: { job, runId } } : { state: 'absent' };
}

/** How far the run of that id has come; one that is not on record yet is on its way. */
export async function runProgress(tools: ReadTools, job: string, runId: string): Promise<Progress> {
  const { rows } = await tools.ledger.query<JobRun & object>(RUN, [runId]);
  const run = rows[0];
  if (run?.status === 'completed') return { state: 'succeeded', tell: `${job} completed run ${runId}` };
  if (run?.status === 'failed') {
    return { state: 'failed', tell: `${job} failed (${errorCause(run.result?.error ?? null)})` };
  }
  return { state: 'running', tell: run ? `${job} is at work` : `${job} has not taken up run ${runId} yet` };
}
