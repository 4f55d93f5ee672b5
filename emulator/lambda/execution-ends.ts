import type { ErrorObject } from '@aws-sdk/client-lambda';
import type { Clock } from '../kernel/clock.ts';
import { sendDeadLetter } from './dead-letters.ts';
import type { Destinations } from './dead-letters.ts';
import { addEvent, errorOf, operationEvent, resultOf } from './durable-events.ts';
import type { ExecutionRecord } from './durable-record.ts';
import type { ExecutionStore } from './execution-store.ts';
import type { Functions } from './functions.ts';

export type EndStatus = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED';

export interface End {
  readonly result?: string | undefined;
  readonly error?: ErrorObject | undefined;
}

const WORDS = {
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  TIMED_OUT: 'TimedOut',
  STOPPED: 'Stopped',
} as const;

/** The key of an execution's timer. */
export const timerOf = (record: ExecutionRecord): string => `durable:${record.arn}`;

/** Closes executions, resolves those that wait for them, and sends failed events to dead-letter queues. */
export class ExecutionEnds {
  private readonly clock: Clock;
  private readonly functions: Functions;
  private readonly destinations: Destinations;
  private readonly executions: ExecutionStore;
  private readonly waiters = new Map<string, (() => void)[]>();

  constructor(deps: {
    clock: Clock;
    functions: Functions;
    destinations: Destinations;
    executions: ExecutionStore;
  }) {
    this.clock = deps.clock;
    this.functions = deps.functions;
    this.destinations = deps.destinations;
    this.executions = deps.executions;
  }

  async finish(record: ExecutionRecord, status: EndStatus, end: End): Promise<void> {
    const now = this.clock.now();
    const { fn } = this.functions.resolve(record.functionName, record.functionVersion);
    record.status = status;
    record.endedAt = now.toISOString();
    if (end.result !== undefined) record.result = end.result;
    if (end.error) record.error = end.error;
    record.news = [];
    delete record.retryAt;
    const execution = record.operations[0];
    if (execution) {
      execution.Status = status;
      execution.EndTimestamp = record.endedAt;
      const details = status === 'SUCCEEDED' ? resultOf(end.result) : errorOf(end.error);
      addEvent(record, operationEvent({ ...execution, Name: record.name }, WORDS[status], details, now));
    }
    this.clock.cancel(timerOf(record));
    if (status !== 'SUCCEEDED' && record.async && fn.deadLetterArn) record.deadLetter = 'due';
    await this.executions.save(record);
    this.waiters.get(record.arn)?.forEach((wake) => wake());
    this.waiters.delete(record.arn);
    if (record.deadLetter === 'due') this.passOn(record);
  }

  /** Resolves when the execution is closed; there is no timeout. */
  async ended(record: ExecutionRecord): Promise<ExecutionRecord> {
    if (record.status === 'RUNNING')
      await new Promise<void>((wake) =>
        this.waiters.set(record.arn, [...(this.waiters.get(record.arn) ?? []), wake]),
      );
    return record;
  }

  /** Sends the original event to the function's dead-letter queue: after a crash twice rather than never. */
  passOn(record: ExecutionRecord): void {
    this.clock.spawn(`dead letter ${record.name}`, async () => {
      const { fn } = this.functions.resolve(record.functionName, record.functionVersion);
      const reason = `The durable execution is ${record.status}`;
      const deadLetter = {
        functionArn: fn.arn,
        version: fn.version,
        roleArn: fn.roleArn,
        requestId: record.requestId,
        event: record.input,
        failure: {
          errorType: record.error?.ErrorType ?? record.status,
          errorMessage: record.error?.ErrorMessage ?? reason,
        },
        attempts: record.invocations,
        at: this.clock.now(),
      };
      if (fn.deadLetterArn) await sendDeadLetter(fn.deadLetterArn, deadLetter, this.destinations);
      record.deadLetter = 'sent';
      await this.executions.save(record);
    });
  }
}
