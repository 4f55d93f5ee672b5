import type { NativeSpec } from '../../../emulator/lambda/functions.ts';
import type { Glue } from '../../../emulator/aws/glue.ts';
import { environmentOf, roleOf } from './job-function.ts';
import { JobPayload, orderOf, readPayload } from './job-payload.ts';
import type { JobNeeds } from './job-function.ts';

/**
 * `cur_ingestion`: starts the Glue job on a delivery. The job writes the run's record and is idempotent by its run id; a
 * run id that Glue knows already starts nothing.
 */
export function curIngestion(
  { pool, estate, switches }: JobNeeds,
  glue: Pick<Glue, 'startJobRun' | 'runs'>,
): NativeSpec {
  const name = estate.jobs.curIngestion;
  const { job } = estate.ingestion;
  return {
    name,
    role: roleOf(name),
    environment: environmentOf({ GLUE_JOB: job, DELIVERY_BUCKET: estate.cur.bucket }),
    async handler(event, { requestId, log }) {
      try {
        const fault = switches.of(name);
        if (fault?.kind === 'fail') throw new Error(fault.message);
        const payload = readPayload(name, JobPayload, event);
        const { runId, period, fence } = await orderOf(pool, 'cur_ingest_prod', payload, { requestId });
        const known = glue.runs.of(job).find((run) => run.arguments['--run_id'] === runId);
        const { JobRunId } = known
          ? { JobRunId: known.id }
          : await glue.startJobRun({
              JobName: job,
              Arguments: {
                '--period': period,
                '--run_id': runId,
                ...(fence !== undefined && { '--fence': String(fence) }),
              },
            });
        log(
          `INFO ${name} run=${runId} period=${period} ${known ? 'had started' : 'started'} ${job} ${JobRunId}`,
        );
        return { run_id: runId, period, job_run_id: JobRunId };
      } catch (error) {
        const { name: type, message } = error as Error;
        log(`ERROR ${name} run=${requestId} failed: ${type}: ${message}`);
        throw error;
      }
    },
  };
}
