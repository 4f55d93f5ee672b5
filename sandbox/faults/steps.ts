import type { CheckpointDurableExecutionCommandInput } from '@aws-sdk/client-lambda';
import type { OwnJob } from '../../lambdas/catalog/actions/definition.ts';
import type { JOBS } from '../../lambdas/platform/settings.ts';
import type { Misbehaviour } from '../commercial-ops/switches.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Step } from './fault.ts';

/** Steps that the faults of several playbooks share. */

export const hoursAgo = ({ clock }: Pick<Sandbox, 'clock'>, hours: number): Date =>
  new Date(clock.now().getTime() - hours * 3_600_000);

/** The same as a parameter of `sql`. */
export const ago =
  (hours: number) =>
  (sandbox: Sandbox): Date =>
    hoursAgo(sandbox, hours);

/** What a step works on; a function reads it from the world. */
export type Given<T> = T | ((sandbox: Sandbox) => T | Promise<T>);

export const given = async <T>(sandbox: Sandbox, value: Given<T>): Promise<T> =>
  typeof value === 'function' ? (value as (sandbox: Sandbox) => T | Promise<T>)(sandbox) : value;

/** Administrator's SQL. */
export const sql =
  (text: string, ...parameters: readonly Given<string | number | object | null>[]): Step =>
  async (sandbox) => {
    const values = await Promise.all(parameters.map((one) => given(sandbox, one)));
    await sandbox.pool.query(text, values);
  };

/** One that the settings know, or that an action has of its own. */
type Job = keyof typeof JOBS | OwnJob;

const nameOf = (job: Job, { services: { estate } }: Sandbox): string =>
  typeof job === 'function' ? job(estate) : estate.jobs[job];

const behave =
  (job: Job, behaviour: Misbehaviour): Step =>
  (sandbox) =>
    sandbox.services.commercialOps.behave(nameOf(job, sandbox), behaviour);

/** The job fails with the message. */
export const fails = (job: Job, message: string): Step => behave(job, { kind: 'fail', message });

/** The job does its work, and reports the failure all the same. */
export const reportsFailure = (job: Job, message: string): Step =>
  behave(job, { kind: 'report-failure', message });

/** The job takes so long; with `alone` it fails while another run of it is at work. */
export const takes = (job: Job, minutes: number, more: { alone?: boolean } = {}): Step =>
  behave(job, { kind: 'slow', minutes, ...more });

/** The job says that it completed, and has changed nothing. */
export const doesNothing = (job: Job): Step => behave(job, { kind: 'noop' });

/** Runs of the job that failed with the message, as it leaves them in `job_run`. */
export const failedBefore =
  (job: Job, message: string, ...minutesAgo: readonly number[]): Step =>
  async (sandbox) => {
    for (const minutes of minutesAgo)
      await sandbox.pool.query(
        `insert into job_run (run_id, job, period, status, started_at, finished_at, result)
         select $1, $2, to_char(period_start, 'YYYY-MM'), 'failed', $3, $3, jsonb_build_object('error', $4::text)
         from period_state where state = 'open'`,
        [`by-hand-${minutes}`, nameOf(job, sandbox), hoursAgo(sandbox, minutes / 60), message],
      );
  };

/** Somebody sets the alarm by hand, against its metric; in a minute, once a drill has begun to take its notes. */
export const setByHand =
  (alarm: string): Step =>
  (sandbox) => {
    sandbox.clock.at('fault.set-by-hand', hoursAgo(sandbox, -1 / 60), () =>
      sandbox.services.cloudwatch.setAlarmState({
        AlarmName: alarm,
        StateValue: 'ALARM',
        StateReason: 'set by hand, to see what happens',
      }),
    );
  };

/** A minute later, when nothing of the world is still being prepared, somebody requests a run. */
export const request =
  (playbook: string, target: Given<Readonly<Record<string, string>>> = {}): Step =>
  async (sandbox) => {
    const about = await given(sandbox, target);
    sandbox.clock.at('fault.by-hand', hoursAgo(sandbox, -1 / 60), async () => {
      await runByHand(playbook, about)(sandbox);
    });
  };

/** It has been accepted, and goes on. */
export const runByHand =
  (playbook: string, target: Readonly<Record<string, string>>) =>
  async ({ services }: Sandbox): Promise<void> => {
    const { functionError, payload } = await services.lambda.invoke({
      function: 'responder-manual',
      type: 'RequestResponse',
      payload: {
        run: playbook,
        target,
        mode: 'live',
        by: 'the drill',
        reason: 'to see what happens',
      },
    });
    if (functionError || !/"started":true/.test(payload ?? '')) {
      throw new Error(`responder-manual started no run of ${playbook}: ${payload ?? 'no answer'}`);
    }
  };

/** Minutes later, when the first runs are long over. */
export const later =
  (minutes: number, ...steps: readonly Step[]): Step =>
  (sandbox) => {
    sandbox.clock.at('fault.later', hoursAgo(sandbox, -minutes / 60), async () => {
      for (const step of steps) await step(sandbox);
    });
  };

type Seen = Parameters<Parameters<Sandbox['watch']>[0]>[0];

/** Calls `then` with the first event that `wanted` accepts. */
export function onceSeen<T extends Seen>(
  sandbox: Pick<Sandbox, 'watch'>,
  wanted: (seen: Seen) => seen is T,
  then: (seen: T) => void,
): void {
  const unwatch = sandbox.watch((seen) => {
    if (!wanted(seen)) return;
    unwatch();
    then(seen);
  });
}

/**
 * Something happens in the very moment in which a run begins or ends its step: before that is on record, and before the
 * run goes on. It is somebody else's doing, not the responder's.
 * @param step its name, or how it begins: `guard:before-diagnosing`, `act:1:`, `verify:`
 * @param when only an action's beginning is on record before it goes on; any other step's is, with its end
 */
export const atStep =
  (step: string, when: 'begins' | 'ends', ...then: readonly Step[]): Step =>
  (sandbox) =>
    sandbox.faults.add({
      service: 'lambda',
      operation: 'CheckpointDurableExecution',
      when: 'before',
      times: 1,
      match: (input) => {
        const { Updates = [] } = input as Partial<CheckpointDurableExecutionCommandInput>;
        const action = when === 'begins' ? 'START' : 'SUCCEED';
        return Updates.some(({ Name = '', Action }) => Action === action && Name.startsWith(step));
      },
      effect: {
        async meanwhile() {
          for (const one of then) await one(sandbox);
        },
      },
    });

type Call = Extract<Seen, { kind: 'call' }>;

/** Whether it is a call of the operation, and one that `wanted` accepts. */
export const callOf =
  (operation: string, wanted: (call: Call['call']) => boolean = () => true) =>
  (seen: Seen): seen is Call =>
    seen.kind === 'call' && seen.call.operation === operation && wanted(seen.call);

/** Whether CloudWatch notifies of this alarm. */
export const alarmOf =
  (alarm: string) =>
  (seen: Seen): seen is Extract<Seen, { kind: 'alarm' }> =>
    seen.kind === 'alarm' && seen.subject.startsWith(`ALARM: "${alarm}"`);
