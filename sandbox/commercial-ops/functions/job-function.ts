import type { Pool } from 'pg';
import type { Estate } from '../../../lambdas/platform/settings.ts';
import type { Clock } from '../../../emulator/kernel/clock.ts';
import type { Misbehaviour, Switches } from '../switches.ts';
import { arn } from '../../../emulator/kernel/places.ts';
import type { NativeContext, NativeSpec } from '../../../emulator/lambda/functions.ts';
import { asJobRun, recordFailure, type JobName, type JobOrder, type JobResult } from '../jobs/job-run.ts';
import { orderOf, readPayload, type JobPayload, type PayloadSchema } from './job-payload.ts';

export interface JobDefinition<Payload extends JobPayload, Result extends object> {
  readonly job: JobName;
  /** Of the function. */
  readonly name: string;
  readonly logGroup?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly payload: PayloadSchema<Payload>;
  /** Which period is meant when none is given: the newest of this state. */
  readonly otherwise?: 'open' | 'closed';
  readonly tenant?: (payload: Payload) => string;
  readonly run: (needs: JobNeeds, order: JobOrder, payload: Payload) => Promise<JobResult<Result>>;
  /** Lines for the log beside the result. */
  readonly warnings?: (result: Result) => readonly string[];
}

/** The environment of the functions of Commercial-Ops. */
export const environmentOf = (own: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  STAGE: 'production',
  LOG_LEVEL: 'info',
  LEDGER_SECRET: 'commercial-ops/ledger',
  ...own,
});

export const roleOf = (name: string): string =>
  arn('iam', `role/commercial-ops-${name.replaceAll('_', '-')}`);

/**
 * The function around a job: reads the payload, says in the log what is done, and answers with run id, period and
 * result. The same run id gets the same answer.
 */
export function jobFunction<Payload extends JobPayload, Result extends object>(
  needs: JobNeeds,
  definition: JobDefinition<Payload, Result>,
): NativeSpec {
  const { name, logGroup, environment } = definition;
  return {
    name,
    role: roleOf(name),
    environment: environmentOf(environment),
    ...(logGroup !== undefined && { logGroup }),
    async handler(event, { requestId, log }: NativeContext) {
      let run = requestId;
      try {
        const payload = readPayload(name, definition.payload, event);
        const order = await orderFrom(needs, definition, payload, requestId);
        run = order.runId;
        log(`INFO ${name} run=${run} period=${order.period} started`);
        const { result, repeated } = await misbehaveOr(needs, definition, order, async () => {
          const done = await definition.run(needs, order, payload);
          for (const line of definition.warnings?.(done.result) ?? []) log(`WARN ${name} run=${run} ${line}`);
          return done;
        });
        log(
          repeated
            ? `INFO ${name} run=${run} had been done before: nothing to do`
            : `INFO ${name} run=${run} period=${order.period} completed ${JSON.stringify(result)}`,
        );
        return { run_id: run, period: order.period, ...result };
      } catch (error) {
        const { name: type, message } = error as Error;
        log(`ERROR ${name} run=${run} failed: ${type}: ${message}`);
        throw error;
      }
    },
  };
}

async function orderFrom<Payload extends JobPayload, Result extends object>(
  { pool }: JobNeeds,
  { job, otherwise = 'open', tenant }: JobDefinition<Payload, Result>,
  payload: Payload,
  requestId: string,
): Promise<JobOrder> {
  const order = await orderOf(pool, job, payload, { requestId, otherwise });
  return tenant ? { ...order, tenantId: tenant(payload) } : order;
}

/** A fault that was set up takes the job's place. */
async function misbehaveOr<Payload extends JobPayload, Result extends object>(
  needs: JobNeeds,
  { job, name, otherwise = 'open' }: JobDefinition<Payload, Result>,
  order: JobOrder,
  work: () => Promise<JobResult<Result>>,
): Promise<JobResult<Result>> {
  const { pool, switches, now } = needs;
  const fault = switches.of(name);
  if (fault?.kind === 'noop') {
    const nothing = async () => ({ result: {} as Result, change: null });
    return asJobRun(pool, job, order, now, nothing, otherwise === 'closed' ? ['closed'] : undefined);
  }
  if (fault?.kind === 'slow') return slowly(needs, name, order, fault, work);
  if (fault?.kind === 'report-failure') {
    await work();
    throw new Error(fault.message);
  }
  if (fault?.kind !== 'fail') return work();
  const error = Object.assign(new Error(fault.message), { name: fault.errorType ?? 'Error' });
  await recordFailure(pool, job, order, now(), now(), error);
  throw error;
}

/** Runs at work, by function. Not kept: after a restart Lambda delivers the events again. */
const atWork = new WeakMap<Clock, Map<string, string>>();

/** The work is done at the end: until then nothing changes. */
async function slowly<Result>(
  { clock }: JobNeeds,
  name: string,
  { runId }: JobOrder,
  { minutes, alone = false }: Extract<Misbehaviour, { kind: 'slow' }>,
  work: () => Promise<Result>,
): Promise<Result> {
  const running = atWork.get(clock) ?? new Map<string, string>();
  atWork.set(clock, running);
  const other = running.get(name);
  if (alone && other !== undefined)
    throw new Error(`${name} takes one run at a time, and ${other} is at work; start it again afterwards`);
  running.set(name, runId);
  try {
    const due = new Date(clock.now().getTime() + minutes * 60_000);
    await clock.aside(new Promise<void>((over) => clock.at(`${name} ${runId}`, due, () => over())));
    return await work();
  } finally {
    running.delete(name);
  }
}

export interface JobNeeds {
  readonly pool: Pool;
  readonly estate: Estate;
  readonly switches: Switches;
  readonly clock: Clock;
  readonly now: () => Date;
}
