import type { ErrorObject } from '@aws-sdk/client-lambda';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { throttledMs, type Concurrency } from './concurrency.ts';
import { addEvent, errorOf } from './durable-events.ts';
import { dueTimes, settleDue } from './durable-operations.ts';
import { isOpenCallback, isOpenInvoke, visibleOperations } from './durable-record.ts';
import type { ExecutionRecord } from './durable-record.ts';
import { timerOf } from './execution-ends.ts';
import type { ExecutionEnds } from './execution-ends.ts';
import type { ExecutionStore } from './execution-store.ts';
import type { Functions } from './functions.ts';
import type { Outcome, Runtime } from './runtime.ts';
import { EmulatorStopping } from './worker-pool.ts';
import type { FunctionFailure } from './worker-protocol.ts';

/** Successive invocations of one execution that may end without an answer before it fails. */
const MOST_CRASHES = 10;
const LONGEST_BACKOFF_MS = 60_000;

/**
 * Invokes executions: again when time or a callback has changed one of their operations, and with
 * a backoff when the worker crashed. Never two invocations of one execution at once.
 */
export class ExecutionDriver {
  private readonly clock: Clock;
  private readonly functions: Functions;
  private readonly runtime: Runtime;
  private readonly concurrency: Concurrency;
  private readonly executions: ExecutionStore;
  private readonly ends: ExecutionEnds;
  private readonly driving = new Set<string>();
  /** How many operations changed from outside since the invocation in flight began. */
  private readonly moved = new Map<string, number>();

  constructor(deps: {
    clock: Clock;
    functions: Functions;
    runtime: Runtime;
    concurrency: Concurrency;
    executions: ExecutionStore;
    ends: ExecutionEnds;
  }) {
    this.clock = deps.clock;
    this.functions = deps.functions;
    this.runtime = deps.runtime;
    this.concurrency = deps.concurrency;
    this.executions = deps.executions;
    this.ends = deps.ends;
  }

  /** Changes operations whose time has come, and notes them for the function. */
  settle(record: ExecutionRecord): void {
    this.noteChanged(record, settleDue(record, this.clock.now()));
  }

  noteChanged(record: ExecutionRecord, ids: readonly string[]): void {
    record.news = [...new Set([...record.news, ...ids])];
    this.moved.set(record.arn, (this.moved.get(record.arn) ?? 0) + ids.length);
  }

  /** One timer per execution, at the first moment at which one of its operations changes by itself. */
  arm(record: ExecutionRecord): void {
    if (record.status !== 'RUNNING') return;
    const times = record.operations.flatMap((operation) => dueTimes(record, operation));
    if (record.retryAt) times.push(record.retryAt);
    const first = Math.min(Date.parse(record.timeoutAt), ...times.map((at) => Date.parse(at)));
    this.clock.at(timerOf(record), new Date(first), () => this.wake(record));
  }

  /** Invokes the execution unless an invocation is in flight. */
  drive(record: ExecutionRecord): void {
    if (this.driving.has(record.arn) || record.status !== 'RUNNING') return;
    this.driving.add(record.arn);
    this.clock.spawn(`durable ${record.functionName} ${record.name}`, async () => {
      try {
        while (await this.invoke(record));
      } catch (error) {
        // The execution stays in flight; the next start invokes it again.
        if (error instanceof EmulatorStopping) return;
        throw error;
      } finally {
        this.driving.delete(record.arn);
      }
      // Something changed while the last answer was being stored.
      if (record.news.length > 0 && !record.retryAt) this.drive(record);
    });
  }

  /** After a start: invokes again what was in flight, and continues the waits. */
  resume(record: ExecutionRecord): void {
    this.arm(record);
    if (record.invocation || record.news.length > 0 || (!waits(record) && !record.retryAt))
      this.drive(record);
  }

  /** The timer fired: for an operation, a repeated invocation, or the whole execution. */
  private async wake(record: ExecutionRecord): Promise<void> {
    if (record.status !== 'RUNNING') return;
    const now = this.clock.now().getTime();
    if (Date.parse(record.timeoutAt) <= now) {
      const ErrorMessage = `The durable execution ran longer than allowed, until ${record.timeoutAt}`;
      return this.ends.finish(record, 'TIMED_OUT', {
        error: { ErrorType: 'ExecutionTimeout', ErrorMessage },
      });
    }
    this.settle(record);
    const retryIsDue = record.retryAt !== undefined && Date.parse(record.retryAt) <= now;
    if (retryIsDue) delete record.retryAt;
    this.arm(record);
    await this.executions.save(record);
    if (retryIsDue || (record.news.length > 0 && !record.retryAt)) this.drive(record);
  }

  /** One invocation. @returns whether another one must follow immediately */
  private async invoke(record: ExecutionRecord): Promise<boolean> {
    const { fn } = this.functions.resolve(record.functionName, record.functionVersion);
    const leave = this.concurrency.enter(fn);
    if (!leave) {
      const { throttles = 0 } = record;
      record.retryAt = new Date(this.clock.now().getTime() + throttledMs(throttles)).toISOString();
      record.throttles = throttles + 1;
      this.arm(record);
      await this.executions.save(record);
      return false;
    }
    delete record.throttles;
    const requestId = randomUUID();
    this.settle(record);
    const updated = record.news;
    record.news = [];
    record.token = randomUUID();
    record.invocations += 1;
    record.invocation = { requestId, startedAt: this.clock.now().toISOString() };
    delete record.lastCheckpoint;
    this.moved.set(record.arn, 0);
    await this.executions.save(record);

    const event = JSON.stringify({
      DurableExecutionArn: record.arn,
      CheckpointToken: record.token,
      InitialExecutionState: { Operations: visibleOperations(record), NextMarker: '' },
      UpdatedOperationIds: updated,
    });
    const outcome = await this.runtime
      .run({ fn, invokedArn: record.invokedArn, event, requestId, tenantId: record.tenantId })
      .finally(leave);
    this.note(record, outcome);
    // A late request of that process must have an invalid token.
    record.token = randomUUID();
    // It was stopped, timed out, or closed by a checkpoint meanwhile.
    if (record.status !== 'RUNNING') {
      await this.executions.save(record);
      return false;
    }
    return this.judge(record, outcome);
  }

  private note(record: ExecutionRecord, { requestId, failure }: Outcome): void {
    const now = this.clock.now().toISOString();
    const error = failure && { ErrorType: failure.errorType, ErrorMessage: failure.errorMessage };
    addEvent(record, {
      EventType: 'InvocationCompleted',
      EventTimestamp: now,
      InvocationCompletedDetails: {
        StartTimestamp: record.invocation?.startedAt ?? now,
        EndTimestamp: now,
        RequestId: requestId,
        ...(error ? errorOf(error) : {}),
      },
    });
    delete record.invocation;
  }

  private async judge(record: ExecutionRecord, outcome: Outcome): Promise<boolean> {
    if (outcome.failure) {
      await this.crashed(record, outcome.failure);
      return false;
    }
    record.crashes = 0;
    const answer = JSON.parse(outcome.payload) as {
      Status?: string;
      Result?: string;
      Error?: ErrorObject;
    } | null;
    switch (answer?.Status) {
      case 'PENDING':
        return this.suspend(record);
      case 'SUCCEEDED':
        await this.ends.finish(record, 'SUCCEEDED', { result: answer.Result });
        return false;
      case 'FAILED':
        await this.ends.finish(record, 'FAILED', { error: answer.Error });
        return false;
      default:
        await this.ends.finish(record, 'FAILED', {
          error: refusal(
            `Invalid Status in invocation output: ${outcome.payload.slice(0, 200)}; a durable function's handler is wrapped in withDurableExecution.`,
          ),
        });
        return false;
    }
  }

  private async suspend(record: ExecutionRecord): Promise<boolean> {
    this.settle(record);
    // Something changed meanwhile: the function may have stopped listening before it heard of it.
    if ((this.moved.get(record.arn) ?? 0) > 0) return true;
    if (!waits(record)) {
      const error = refusal('Cannot return PENDING status with no pending operations.');
      await this.ends.finish(record, 'FAILED', { error });
      return false;
    }
    this.arm(record);
    await this.executions.save(record);
    return false;
  }

  private async crashed(record: ExecutionRecord, failure: FunctionFailure): Promise<void> {
    record.crashes += 1;
    if (record.crashes > MOST_CRASHES) {
      const error = { ErrorType: failure.errorType, ErrorMessage: failure.errorMessage };
      return this.ends.finish(record, 'FAILED', { error });
    }
    const backoff = Math.min(1000 * 2 ** (record.crashes - 1), LONGEST_BACKOFF_MS);
    record.retryAt = new Date(this.clock.now().getTime() + backoff).toISOString();
    this.arm(record);
    await this.executions.save(record);
  }
}

/** Whether anything can still resume the execution. */
const waits = (record: ExecutionRecord): boolean =>
  record.operations.some(
    (operation) =>
      dueTimes(record, operation).length > 0 || isOpenCallback(operation) || isOpenInvoke(operation),
  );

const refusal = (ErrorMessage: string): ErrorObject => ({
  ErrorType: 'InvalidParameterValueException',
  ErrorMessage,
});
