import type { ReadTools } from '../../platform/clients.ts';
import { errorCause } from '../../platform/error-cause.ts';
import type { Progress, Reconciled } from './definition.ts';

/** Each job writes it in the transaction of its work: without it, nothing was done. */
const RUN = `select job, status, result from job_run where run_id = $1`;

interface JobRun {
  readonly job: string;
  readonly status: 'started' | 'completed' | 'failed';
  readonly result: { readonly error?: string } | null;
}

export async function findRun(tools: ReadTools, job: string, runId: string): Promise<Reconciled> {
  const { rows } = await tools.ledger.query<JobRun & object>(RUN, [runId]);
  return rows.length > 0 ? { state: 'started', handle: { job, runId } } : { state: 'absent' };
}

/** A run refused for its fence, while a newer one completed. */
const OVERTAKEN = `
select newer.run_id from job_run mine
join job_run newer on newer.job = mine.job and newer.period is not distinct from mine.period
                  and newer.tenant_id is not distinct from mine.tenant_id and newer.fence > mine.fence
where mine.run_id = $1 and mine.status = 'failed' and mine.result ->> 'error' ~* 'fence' and newer.status = 'completed'
order by newer.fence desc limit 1`;

/**
 * How far the run is; one that is not on record is on its way.
 * @param options.overtakenIsDone a newer run that completed did its work, too
 */
export async function runProgress(
  tools: ReadTools,
  job: string,
  runId: string,
  { overtakenIsDone = false }: { overtakenIsDone?: boolean } = {},
): Promise<Progress> {
  const { rows } = await tools.ledger.query<JobRun & object>(RUN, [runId]);
  const run = rows[0];
  if (run?.status === 'completed') return { state: 'succeeded', summary: `${job} completed run ${runId}` };
  if (run?.status === 'failed') {
    const newer = overtakenIsDone
      ? (await tools.ledger.query<{ run_id: string }>(OVERTAKEN, [runId])).rows[0]
      : undefined;
    if (newer)
      return { state: 'succeeded', summary: `${job} completed the newer run ${newer.run_id} instead` };
    return { state: 'failed', summary: `${job} failed (${errorCause(run.result?.error ?? null)})` };
  }
  return {
    state: 'running',
    summary: run ? `${job} is at work` : `${job} has not taken up run ${runId} yet`,
  };
}
