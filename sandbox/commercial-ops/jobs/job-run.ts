import type { Pool, PoolClient } from 'pg';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { firstDay, type Period } from '../period.ts';

/** A job's name in `job_run`; its function may have another: `allocation_runner`. */
export type JobName = string;

/** One order to a job. */
export interface JobOrder {
  /** A repeated order is recognised by it: the work is done once. */
  readonly runId: string;
  readonly period: Period;
  /** Of a job that works for one tenant at a time: fences, and waiting for each other, are per tenant. */
  readonly tenantId?: string | undefined;
  /** Newer orders carry greater fences; one that comes late must not undo what a newer one did. */
  readonly fence?: bigint | undefined;
}

export interface JobResult<Result> {
  readonly result: Result;
  /** The run had been done before; nothing was done now. */
  readonly repeated: boolean;
}

/** What a job changed, for the audit trail. */
export interface Change {
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string;
  /** A few words for people. */
  readonly what: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface Work<Result> {
  readonly result: Result;
  /** Null when there was nothing to change. */
  readonly change: Change | null;
}

type PeriodStateName = 'open' | 'closing' | 'closed';
/** A closed period is immutable; for the one job that works on its frozen figures the caller says so. */
const CHANGEABLE: readonly PeriodStateName[] = ['open', 'closing'];

/** The job may not touch this period, or not any more: a refusal by a rule of the domain. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
}

/**
 * Does a job's work in the one transaction that also records it in `job_run` and in the audit trail: all are there
 * or none is. Jobs of one name and period wait for each other, and the period's state cannot change meanwhile.
 * @param states of the period that the job works on
 * @throws JobRefused for a period in another state, or unknown, and for a fence older than the newest seen
 */
export async function asJobRun<Result>(
  pool: Pool,
  job: JobName,
  order: JobOrder,
  now: () => Date,
  work: (client: PoolClient) => Promise<Work<Result>>,
  states: readonly PeriodStateName[] = CHANGEABLE,
): Promise<JobResult<Result>> {
  const startedAt = now();
  try {
    return await transaction(pool, async (client) => {
      const turn = `${order.period} ${order.tenantId ?? ''}`;
      await client.query('select pg_advisory_xact_lock(hashtext($1), hashtext($2))', [job, turn]);
      const before = await finishedRun<Result>(client, job, order);
      if (before) return { result: before.result, repeated: true };
      await refuse(client, job, order, states);
      const { result, change } = await work(client);
      if (change) await audit(client, job, order.runId, change, now());
      await record(client, job, order, 'completed', startedAt, now(), result);
      return { result, repeated: false };
    });
  } catch (error) {
    await recordFailure(pool, job, order, startedAt, now(), error as Error);
    throw error;
  }
}

/**
 * Keeps a failure for those who ask by run id, outside the transaction that failed. That it can't be kept must
 * not hide it: then nothing is thrown. A run that had completed stays completed.
 */
export async function recordFailure(
  pool: Pool,
  job: JobName,
  order: JobOrder,
  startedAt: Date,
  endedAt: Date,
  error: Error,
): Promise<void> {
  const result = { error: error.message };
  await record(pool, job, order, 'failed', startedAt, endedAt, result).catch(() => undefined);
}

/** @throws JobRefused as `asJobRun` does; for jobs that write elsewhere before they write to the ledger */
export async function refuse(
  client: Pool | PoolClient,
  job: JobName,
  order: JobOrder,
  allowed: readonly PeriodStateName[] = CHANGEABLE,
): Promise<void> {
  const { rows: states } = await client.query<{ state: PeriodStateName }>(
    'select state from period_state where period_start = $1::date for share',
    [firstDay(order.period)],
  );
  const state = states[0]?.state;
  if (state === undefined) {
    throw new JobRefused(`${job} does not know the period ${order.period}: period_state has no row for it`);
  }
  if (!allowed.includes(state)) {
    throw new JobRefused(
      state === 'closed'
        ? `${job} refuses ${order.period}: the period is closed, and its costs and allocations are immutable. ` +
            `Corrections are reversal entries, made by people`
        : `${job} refuses ${order.period}: the period is ${state}; wanted ${allowed.join(' or ')}`,
    );
  }
  if (order.fence === undefined) return;
  const { rows } = await client.query<{ newest: string | null }>(
    `select max(fence)::text as newest from job_run
     where job = $1 and period = $2 and tenant_id is not distinct from $3`,
    [job, order.period, order.tenantId ?? null],
  );
  const newest = rows[0]?.newest;
  if (newest != null && order.fence < BigInt(newest)) {
    throw new JobRefused(
      `${job} refuses run ${order.runId}: its fence ${order.fence} is older than ${newest}, the newest seen for ${order.period}`,
    );
  }
}

/** The result of a run that has ended well, if it has. */
export async function finishedRun<Result>(
  client: Pool | PoolClient,
  job: JobName,
  { runId, period, tenantId }: JobOrder,
): Promise<{ result: Result } | undefined> {
  const tenant = tenantId ?? null;
  const { rows } = await client.query<{
    job: string;
    period: string;
    tenant_id: string | null;
    status: string;
    result: Result;
  }>('select job, period, tenant_id, status, result from job_run where run_id = $1', [runId]);
  const [run] = rows;
  if (!run || run.status !== 'completed') return undefined;
  if (run.job === job && run.period === period && run.tenant_id === tenant) return { result: run.result };
  const of = (month: string, who: string | null) => (who === null ? month : `${month} and ${who}`);
  throw new JobRefused(
    `run id ${runId} belongs to ${run.job} of ${of(run.period, run.tenant_id)}; ` +
      `it can't be used again for ${job} of ${of(period, tenant)}`,
  );
}

async function record(
  client: Pool | PoolClient,
  job: JobName,
  { runId, period, tenantId, fence }: JobOrder,
  status: 'completed' | 'failed',
  startedAt: Date,
  finishedAt: Date,
  result: unknown,
): Promise<void> {
  await client.query(
    `insert into job_run (run_id, job, period, tenant_id, fence, status, started_at, finished_at, result)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (run_id) do update
     set fence = excluded.fence, status = excluded.status, started_at = excluded.started_at,
         finished_at = excluded.finished_at, result = excluded.result
     where job_run.status <> 'completed'`,
    [
      runId,
      job,
      period,
      tenantId ?? null,
      fence?.toString() ?? null,
      status,
      startedAt.toISOString(),
      finishedAt.toISOString(),
      JSON.stringify(result),
    ],
  );
}

async function audit(
  client: PoolClient,
  job: JobName,
  runId: string,
  { action, objectType, objectId, what, more = {} }: Change,
  at: Date,
): Promise<void> {
  await client.query(
    `insert into audit_event (occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
     values ($1, 'system', $2, $3, $4, $5, $6)`,
    [at.toISOString(), job, action, objectType, objectId, { run_id: runId, what, ...more }],
  );
}
