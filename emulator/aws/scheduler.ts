import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { ACCOUNT, REGION, arn } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { timetableOf } from './scheduler-expression.ts';

export interface Schedule {
  readonly name: string;
  readonly arn: string;
  readonly expression: string;
  readonly targetArn: string;
  readonly roleArn?: string;
  /** The payload's text, sent unchanged. */
  readonly input?: string;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly description?: string;
  /** After a refused invocation, how often to try again, and for how long at most. */
  readonly retry: { readonly attempts: number; readonly maxAgeSeconds: number };
  /** The queue for payloads that could not be delivered. */
  readonly deadLetterArn?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly modifiedAt: string;
}

export interface ScheduleInput {
  readonly name: string;
  readonly expression: string;
  readonly targetArn: string;
  readonly roleArn?: string;
  readonly input?: string;
  readonly state?: 'ENABLED' | 'DISABLED';
  readonly description?: string;
  readonly retry?: { attempts: number; maxAgeSeconds: number };
  readonly deadLetterArn?: string;
}

/** The targets of schedules. Both reject when the target refuses; `roleArn` is the schedule's role. */
export interface ScheduleTargets {
  invokeTarget(targetArn: string, payload: string, roleArn: string | undefined): Promise<unknown>;
  sendSqs(queueArn: string, body: string): Promise<unknown>;
}

/** EventBridge Scheduler's own defaults: 185 attempts within a day. */
const RETRY = { attempts: 185, maxAgeSeconds: 86_400 };
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

const timerOf = (name: string): string => `scheduler ${name}`;

/**
 * EventBridge Scheduler's default group. Schedules are kept in the store. Times that passed while
 * the emulator was off are skipped.
 */
export class Scheduler {
  readonly schedules: Collection<Schedule>;
  private readonly clock: Clock;
  private readonly targets: ScheduleTargets;

  constructor(needs: { store: Pick<Store, 'collection'>; clock: Clock } & ScheduleTargets) {
    this.clock = needs.clock;
    this.targets = needs;
    this.schedules = needs.store.collection<Schedule>('scheduler.schedule');
  }

  /** Arms the stored schedules. */
  start(): void {
    for (const schedule of this.schedules.all()) this.arm(schedule);
  }

  stop(): void {
    for (const { name } of this.schedules.all()) this.clock.cancel(timerOf(name));
  }

  /** Creates the schedule, or replaces all of it. */
  async createSchedule(input: ScheduleInput): Promise<Schedule> {
    const { name } = input;
    if (!/^[0-9a-zA-Z\-_.]{1,64}$/.test(name))
      throw new AwsError(
        'ValidationException',
        `The schedule's name is ${JSON.stringify(name)}; wanted: 1 to 64 of A-Z a-z 0-9 - _ and dot.`,
      );
    const now = this.clock.now().toISOString();
    const schedule: Schedule = {
      ...input,
      arn: arn('scheduler', `schedule/default/${name}`),
      state: input.state ?? 'ENABLED',
      retry: input.retry ?? RETRY,
      createdAt: this.schedules.get(name)?.createdAt ?? now,
      modifiedAt: now,
    };
    timetableOf(schedule.expression, this.clock.now());
    await this.schedules.put(name, schedule);
    this.arm(schedule);
    return schedule;
  }

  async deleteSchedule(name: string): Promise<void> {
    this.clock.cancel(timerOf(name));
    await this.schedules.delete(name);
  }

  /** @throws AwsError `ResourceNotFoundException` */
  schedule(name: string): Schedule {
    const schedule = this.schedules.get(name);
    if (!schedule) throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
    return schedule;
  }

  /** A rate counts from the moment at which the schedule was last changed. */
  private arm(schedule: Schedule): void {
    const { name, expression, state, modifiedAt } = schedule;
    this.clock.cancel(timerOf(name));
    if (state === 'DISABLED') return;
    const due = timetableOf(expression, new Date(modifiedAt))(this.clock.now());
    if (due)
      this.clock.at(timerOf(name), due, async () => {
        this.arm(schedule);
        await this.fire(schedule, due, randomUUID(), 1);
      });
  }

  private async fire(schedule: Schedule, due: Date, executionId: string, attempt: number): Promise<void> {
    const payload = payloadOf(schedule, due, executionId, attempt);
    try {
      await this.targets.invokeTarget(schedule.targetArn, payload, schedule.roleArn);
    } catch (error) {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      const again = new Date(this.clock.now().getTime() + pause);
      const { attempts, maxAgeSeconds } = schedule.retry;
      const worthIt = attempt <= attempts && again.getTime() - due.getTime() <= maxAgeSeconds * 1000;
      if (worthIt && this.schedules.get(schedule.name)) {
        const key = `${timerOf(schedule.name)} retry ${executionId}`;
        this.clock.at(key, again, () => this.fire(schedule, due, executionId, attempt + 1));
        return;
      }
      if (schedule.deadLetterArn) await this.targets.sendSqs(schedule.deadLetterArn, payload);
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(
        `schedule ${schedule.name} gave up on ${schedule.targetArn} after ${attempt} attempts: ${why}`,
        {
          cause: error,
        },
      );
    }
  }
}

/** The input with its context attributes `<aws.scheduler.…>` filled in; without an input a small event. */
function payloadOf(schedule: Schedule, due: Date, executionId: string, attempt: number): string {
  const time = due.toISOString().replace(/\.\d+Z$/, 'Z');
  const context: Readonly<Record<string, string>> = {
    'schedule-arn': schedule.arn,
    'scheduled-time': time,
    'execution-id': executionId,
    'attempt-number': String(attempt),
  };
  if (schedule.input !== undefined)
    return schedule.input.replace(
      /<aws\.scheduler\.([a-z-]+)>/g,
      (whole, name: string) => context[name] ?? whole,
    );
  return JSON.stringify({
    version: '0',
    id: executionId,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: ACCOUNT,
    time,
    region: REGION,
    resources: [schedule.arn],
    detail: '{}',
  });
}
