import * as z from 'zod';
import type { Pool } from 'pg';
import type { JobName, JobOrder } from '../jobs/job-run.ts';
import { asPeriod, type Period } from '../period.ts';

const Fence = z
  .union([z.int().nonnegative(), z.string().regex(/^\d+$/)])
  .describe('number that came with the lock; as text when it is long');

/** What every job takes. All of it is optional: the job then takes the current open period and a run id of its own. */
export const JobPayload = z.strictObject({
  period: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'wanted year and month in UTC, e.g. 2025-09')
    .optional(),
  run_id: z.string().min(1).max(200).optional(),
  fence: Fence.optional(),
});
export type JobPayload = z.infer<typeof JobPayload>;
export type PayloadSchema<Payload> = z.ZodType<Payload> & { readonly shape: object };

/** @throws one error that names the job, every mistake, and what is taken instead */
export function readPayload<Payload>(job: string, schema: PayloadSchema<Payload>, event: unknown): Payload {
  const read = schema.safeParse(event ?? {});
  if (read.success) return read.data;
  const taken = Object.keys(schema.shape).join(', ');
  throw new Error(
    `${job} does not take this payload: ${z.prettifyError(read.error).replaceAll('\n', ' ')}. ` +
      `Wanted a JSON object with any of ${taken}`,
  );
}

/**
 * The order that a payload gives. A repeated run id means the period that it had meant before, however the months have
 * moved on meanwhile.
 */
export async function orderOf(
  pool: Pool,
  job: JobName,
  { period, run_id: runId, fence }: JobPayload,
  { requestId, otherwise = 'open' }: { requestId: string; otherwise?: 'open' | 'closed' },
): Promise<JobOrder> {
  return {
    runId: runId ?? requestId,
    period:
      period === undefined
        ? ((await periodOfRun(pool, job, runId)) ?? (await newest(pool, job, otherwise)))
        : asPeriod(period),
    ...(fence !== undefined && { fence: BigInt(fence) }),
  };
}

async function periodOfRun(pool: Pool, job: JobName, runId = ''): Promise<Period | undefined> {
  const { rows } = await pool.query<{ period: Period }>(
    'select period from job_run where run_id = $1 and job = $2',
    [runId, job],
  );
  return rows[0]?.period;
}

async function newest(pool: Pool, job: JobName, state: 'open' | 'closed'): Promise<Period> {
  const { rows } = await pool.query<{ period: Period }>(
    `select to_char(period_start, 'YYYY-MM') as period from period_state where state = $1 order by period_start desc limit 1`,
    [state],
  );
  const period = rows[0]?.period;
  if (period !== undefined) return period;
  throw new Error(`${job} finds no ${state} period; give it one, e.g. {"period": "2025-09"}`);
}
