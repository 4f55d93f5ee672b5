import type { Estate } from '../../lambdas/platform/settings.ts';
import type { GlueJob, GlueWork } from '../../emulator/aws/glue-job.ts';
import { arn } from '../../emulator/kernel/places.ts';
import type { AccessCheck, LogWriter } from './contracts.ts';
import type { Delivery } from './delivery.ts';
import { ingestionPrincipal } from './ingestion-role.ts';
import { ingest, type IngestionTools } from './jobs/cur-ingest.ts';
import type { JobOrder } from './jobs/job-run.ts';
import { asPeriod, type Period } from './period.ts';

/** A healthy run takes this long by the sandbox's clock; over 30 minutes is a symptom in the runbook. */
const DURATION_MINUTES = 6;
const TIMEOUT_MINUTES = 480;

export interface IngestionJobOptions {
  readonly estate: Estate;
  readonly tools: IngestionTools;
  readonly delivery: Delivery;
  readonly iam: AccessCheck;
  readonly logs: LogWriter;
  readonly durationMinutes?: number;
}

/** The Glue job `cur_ingest_prod`: `--period`, `--run_id` and `--fence` are its arguments, all optional. */
export function ingestionJob(options: IngestionJobOptions): GlueJob {
  const { estate, tools, delivery, logs, durationMinutes = DURATION_MINUTES } = options;
  const say = async (run: GlueWork, level: 'INFO' | 'ERROR', message: string): Promise<void> => {
    const line = `${tools.now().toISOString()} ${level} ${estate.ingestion.job} ${run.id.slice(0, 11)} ${message}`;
    await logs.append(estate.ingestion.logGroup, streamOf(run), line);
  };
  return {
    name: estate.ingestion.job,
    roleArn: arn('iam', `role/${estate.ingestion.role}`),
    maxConcurrentRuns: 1,
    durationMinutes,
    timeoutMinutes: TIMEOUT_MINUTES,
    async work(run) {
      const order = await orderOf(run, tools);
      await say(run, 'INFO', `reading the delivery of ${order.period} for run ${order.runId}`);
      requireAccess(options, order.period);
      const { result, repeated } = await ingest(tools, order, () => delivery.read(order.period), 'glue');
      await say(
        run,
        'INFO',
        repeated
          ? `run ${order.runId} had been done before: nothing to do`
          : `loaded ${result.lines} lines of ${order.period}, manifest ${result.digest.slice(0, 12)}, into both copies, and allocated them`,
      );
    },
    async ended(run, { state, error }) {
      if (error === undefined) await say(run, 'INFO', `ended ${state}`);
      else await say(run, 'ERROR', `ended ${state}: ${error}`);
    },
  };
}

const streamOf = ({ startedAt, id }: GlueWork): string =>
  `${startedAt.toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${id.slice(3, 35)}`;

/** @throws when an argument is not what it should be */
async function orderOf(run: GlueWork, tools: IngestionTools): Promise<JobOrder> {
  const { '--period': period, '--run_id': runId = run.id, '--fence': fence } = run.arguments;
  if (fence !== undefined && !/^\d+$/.test(fence)) {
    throw new Error(`--fence "${fence}" is no number; wanted the number that came with the lock, e.g. 42`);
  }
  return {
    runId,
    period: period === undefined ? await openPeriod(tools) : asPeriod(period),
    ...(fence !== undefined && { fence: BigInt(fence) }),
  };
}

async function openPeriod({ pool }: IngestionTools): Promise<Period> {
  const { rows } = await pool.query<{ period: string }>(
    `select to_char(period_start, 'YYYY-MM') as period from period_state where state = 'open' order by period_start desc limit 1`,
  );
  const period = rows[0]?.period;
  if (period === undefined) throw new Error('no period is open; give the job one by --period');
  return period;
}

/** Asked when the work begins, of the role as it is then. The messages are Glue's. */
function requireAccess({ iam, estate, delivery }: IngestionJobOptions, period: Period): void {
  const principal = ingestionPrincipal(estate);
  const object = `${estate.cur.bucket}/${delivery.manifestKey(period)}`;
  if (!iam.check(principal, 's3:GetObject', arn('s3', object)).allowed) {
    throw new Error(
      `An error occurred while calling o94.parquet. s3://${object}: Access Denied (Service: Amazon S3; Status Code: 403; ` +
        `Error Code: AccessDenied): ${principal.arn} is not authorized to perform: s3:GetObject`,
    );
  }
  const workgroup = arn('athena', `workgroup/${estate.athena.workgroup}`);
  if (iam.check(principal, 'athena:StartQueryExecution', workgroup).allowed) return;
  throw new Error(
    `An error occurred (AccessDeniedException) when calling the StartQueryExecution operation: User: ${principal.arn} ` +
      `is not authorized to perform: athena:StartQueryExecution on resource: ${workgroup}`,
  );
}
