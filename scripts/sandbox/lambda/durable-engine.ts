import type { ErrorObject, OperationUpdate } from '@aws-sdk/client-lambda';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import type { Store } from '../kernel/store.ts';
import { sendDeadLetter } from './dead-letters.ts';
import type { Destinations } from './dead-letters.ts';
import { addEvent, operationEvent } from './durable-events.ts';
import { applyUpdate, closeCallback, decodeCallbackId, dueTimes, settleDue } from './durable-operations.ts';
import { findOperation, visibleOperations } from './durable-record.ts';
import type { ExecutionRecord, StoredOperation } from './durable-record.ts';
import { invalid, validateUpdates } from './durable-validation.ts';
import { ExecutionStore } from './execution-store.ts';
import type { Functions, Resolved } from './functions.ts';
import type { Outcome, Runtime } from './runtime.ts';
import { AwsError } from '../kernel/service.ts';
import { SandboxStopping } from './worker-pool.ts';

export interface DurableEngineDependencies {
  readonly clock: Clock;
  readonly store: Pick<Store, 'collection'>;
  readonly functions: Functions;
  readonly runtime: Runtime;
  readonly destinations: Destinations;
}

type EndStatus = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED';

/** Invocations of one execution that may crash in a row before it fails. */
const MOST_CRASHES = 10;
const LONGEST_BACKOFF_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Durable executions: invokes the function, keeps its checkpoints, and invokes it again when time or a callback
 * has moved one of its operations. Never two invocations of one execution at once.
 */
export class DurableEngine {
  readonly executions: ExecutionStore;
  private readonly deps: DurableEngineDependencies;
  private readonly driving = new Set<string>();
  /** Operations that changed from outside since the invocation in flight began. */
  private readonly moved = new Map<string, number>();
  private readonly endWaiters = new Map<string, (() => void)[]>();

  constructor(deps: DurableEngineDependencies) {
    this.deps = deps;
    this.executions = new ExecutionStore(deps.store);
  }

  /** Starts an execution, or finds the one that has this name and payload. Durable when it resolves. */
  async start(
    target: Resolved,
    input: string,
    how: { name?: string; async: boolean },
  ): Promise<ExecutionRecord> {
    const { fn, invokedArn } = target;
    const now = this.deps.clock.now();
    const settings = fn.durable;
    if (!settings) throw invalid(`${fn.name} is not a durable function.`);
    const existing = how.name === undefined ? undefined : this.executions.byName(fn.name, how.name);
    if (existing && !retentionIsOver(existing, settings.retentionDays, now)) {
      if (existing.input !== input)
        throw new AwsError(
          'DurableExecutionAlreadyStartedException',
          `The durable execution '${existing.name}' of ${fn.name} was already started with another payload.`,
          409,
        );
      await this.executions.durable(existing);
      return existing;
    }
    const id = randomUUID();
    const name = how.name ?? id;
    const record: ExecutionRecord = {
      arn: `${fn.arn}:${fn.version}/durable-execution/${name}/${id}`,
      name,
      functionName: fn.name,
      functionVersion: fn.version,
      invokedArn,
      requestId: id,
      async: how.async,
      input,
      startedAt: now.toISOString(),
      timeoutAt: new Date(now.getTime() + settings.executionTimeoutSeconds * 1000).toISOString(),
      status: 'RUNNING',
      token: randomUUID(),
      operations: [
        {
          Id: id,
          Type: 'EXECUTION',
          Status: 'STARTED',
          StartTimestamp: now.toISOString(),
          ExecutionDetails: { InputPayload: input },
        },
      ],
      callbacks: {},
      events: [],
      news: [],
      invocations: 0,
      crashes: 0,
    };
    const details = { Input: { Payload: input }, ExecutionTimeout: settings.executionTimeoutSeconds };
    addEvent(record, operationEvent({ Id: id, Name: name, Type: 'EXECUTION' }, 'Started', details, now));
    await this.executions.add(record);
    this.arm(record);
    this.drive(record);
    return record;
  }

  /** Resolves when the execution is closed, however long that takes. */
  async ended(record: ExecutionRecord): Promise<ExecutionRecord> {
    if (record.status === 'RUNNING')
      await new Promise<void>((wake) =>
        this.endWaiters.set(record.arn, [...(this.endWaiters.get(record.arn) ?? []), wake]),
      );
    return record;
  }

  /** After a boot: what was in flight is invoked again, what waits goes on waiting, what is due happens. */
  resume(): void {
    for (const record of this.executions.all()) {
      if (record.status === 'RUNNING') {
        this.arm(record);
        const waits = record.operations.some(
          (operation) => dueTimes(record, operation).length > 0 || isOpenCallback(operation),
        );
        if (record.invocation || record.news.length > 0 || (!waits && !record.retryAt)) this.drive(record);
      } else if (record.deadLetter === 'due') {
        this.deps.clock.spawn(`dead letter ${record.name}`, () => this.passOn(record));
      }
    }
  }

  async checkpoint(input: {
    arn: string | undefined;
    token: string | undefined;
    clientToken: string | undefined;
    updates: readonly OperationUpdate[];
  }): Promise<{ token: string; operations: StoredOperation[] }> {
    const record = this.executions.get(input.arn);
    const last = record.lastCheckpoint;
    if (last && input.clientToken !== undefined && last.clientToken === input.clientToken) {
      await this.executions.durable(record);
      return { token: record.token, operations: pick(record, last.operationIds) };
    }
    if (record.status !== 'RUNNING' || input.token !== record.token)
      throw invalid('Invalid checkpoint token');
    const now = this.deps.clock.now();
    this.settle(record, now);
    validateUpdates(record, input.updates);

    for (const update of input.updates) if (update.Type !== 'EXECUTION') applyUpdate(record, update, now);
    const ids = [...new Set([...input.updates.map((update) => update.Id ?? ''), ...record.news])];
    record.news = [];
    record.token = randomUUID();
    if (input.clientToken !== undefined)
      record.lastCheckpoint = { clientToken: input.clientToken, operationIds: ids };
    const closing = input.updates.find((update) => update.Type === 'EXECUTION');
    if (closing?.Action === 'SUCCEED') await this.finish(record, 'SUCCEEDED', { result: closing.Payload });
    else if (closing) await this.finish(record, 'FAILED', { error: closing.Error });
    this.arm(record);
    await this.executions.save(record);
    return { token: record.token, operations: pick(record, ids) };
  }

  async completeCallback(
    callbackId: string | undefined,
    end: { status: 'SUCCEEDED'; result: string | undefined } | { status: 'FAILED'; error: ErrorObject },
  ): Promise<void> {
    const { record, operation } = this.openCallback(callbackId);
    closeCallback(record, operation, end, this.deps.clock.now());
    this.tell(record, [operation.Id ?? '']);
    this.arm(record);
    await this.executions.save(record);
    if (!record.retryAt) this.drive(record);
  }

  async heartbeat(callbackId: string | undefined): Promise<void> {
    const { record, operation } = this.openCallback(callbackId);
    const limits = record.callbacks[operation.Id ?? ''];
    if (!limits?.heartbeatSeconds)
      throw invalid(`The callback '${operation.Name}' has no heartbeat timeout.`);
    limits.heartbeatAt = new Date(
      this.deps.clock.now().getTime() + limits.heartbeatSeconds * 1000,
    ).toISOString();
    this.arm(record);
    await this.executions.save(record);
  }

  async stop(arn: string | undefined, error: ErrorObject | undefined): Promise<ExecutionRecord> {
    const record = this.executions.get(arn);
    if (record.status !== 'RUNNING')
      throw invalid(
        `The durable execution ${record.arn} is ${record.status}; only a RUNNING one can be stopped.`,
      );
    await this.finish(record, 'STOPPED', { error });
    return record;
  }

  /** Time has come for something: an operation, a repeated invocation, the whole execution. */
  private async wake(record: ExecutionRecord): Promise<void> {
    if (record.status !== 'RUNNING') return;
    const now = this.deps.clock.now();
    if (Date.parse(record.timeoutAt) <= now.getTime())
      return this.finish(record, 'TIMED_OUT', {
        error: {
          ErrorType: 'ExecutionTimeout',
          ErrorMessage: `The durable execution ran longer than allowed, until ${record.timeoutAt}`,
        },
      });
    this.settle(record, now);
    const retryIsDue = record.retryAt !== undefined && Date.parse(record.retryAt) <= now.getTime();
    if (retryIsDue) delete record.retryAt;
    this.arm(record);
    await this.executions.save(record);
    if (retryIsDue || (record.news.length > 0 && !record.retryAt)) this.drive(record);
  }

  private settle(record: ExecutionRecord, now: Date): void {
    this.tell(record, settleDue(record, now));
  }

  private tell(record: ExecutionRecord, ids: readonly string[]): void {
    record.news = [...new Set([...record.news, ...ids])];
    this.moved.set(record.arn, (this.moved.get(record.arn) ?? 0) + ids.length);
  }

  /** One timer per execution, at the first moment at which something happens by itself. */
  private arm(record: ExecutionRecord): void {
    const key = `durable:${record.arn}`;
    if (record.status !== 'RUNNING') return this.deps.clock.cancel(key);
    const times = record.operations.flatMap((operation) => dueTimes(record, operation));
    if (record.retryAt) times.push(record.retryAt);
    const first = Math.min(Date.parse(record.timeoutAt), ...times.map((at) => Date.parse(at)));
    this.deps.clock.at(key, new Date(first), () => this.wake(record));
  }

  private drive(record: ExecutionRecord): void {
    if (this.driving.has(record.arn) || record.status !== 'RUNNING') return;
    this.driving.add(record.arn);
    this.deps.clock.spawn(`durable ${record.functionName} ${record.name}`, async () => {
      try {
        while (await this.invoke(record));
      } catch (error) {
        // The execution stays as it is, in flight; the next boot invokes it again.
        if (error instanceof SandboxStopping) return;
        throw error;
      } finally {
        this.driving.delete(record.arn);
      }
      // What moved while the last answer was being written down.
      if (record.news.length > 0 && !record.retryAt) this.drive(record);
    });
  }

  /** One invocation. @returns whether another one must follow at once */
  private async invoke(record: ExecutionRecord): Promise<boolean> {
    const { clock, functions, runtime } = this.deps;
    const requestId = randomUUID();
    this.settle(record, clock.now());
    const updated = record.news;
    record.news = [];
    record.token = randomUUID();
    record.invocations += 1;
    record.invocation = { requestId, startedAt: clock.now().toISOString() };
    delete record.lastCheckpoint;
    this.moved.set(record.arn, 0);
    await this.executions.save(record);

    const { fn } = functions.resolve(record.functionName, record.functionVersion);
    const event = JSON.stringify({
      DurableExecutionArn: record.arn,
      CheckpointToken: record.token,
      InitialExecutionState: { Operations: visibleOperations(record), NextMarker: '' },
      UpdatedOperationIds: updated,
    });
    const outcome = await runtime.run({ fn, invokedArn: record.invokedArn, event, requestId });
    this.noteInvocation(record, outcome);
    // A late answer of that process must find its token used up.
    record.token = randomUUID();
    if (!isRunning(record)) {
      await this.executions.save(record);
      return false;
    }
    return this.judge(record, outcome);
  }

  private async judge(record: ExecutionRecord, outcome: Outcome): Promise<boolean> {
    if (outcome.failure) {
      await this.crashed(record, outcome.failure.errorType, outcome.failure.errorMessage);
      return false;
    }
    record.crashes = 0;
    const answer = JSON.parse(outcome.payload) as {
      Status?: string;
      Result?: string;
      Error?: ErrorObject;
    } | null;
    if (answer?.Status === 'SUCCEEDED') await this.finish(record, 'SUCCEEDED', { result: answer.Result });
    else if (answer?.Status === 'FAILED') await this.finish(record, 'FAILED', { error: answer.Error });
    else if (answer?.Status !== 'PENDING')
      await this.finish(record, 'FAILED', {
        error: {
          ErrorType: 'InvalidParameterValueException',
          ErrorMessage: `Invalid Status in invocation output: ${JSON.stringify(answer)?.slice(0, 200)}; a durable function is wrapped in withDurableExecution.`,
        },
      });
    else {
      this.settle(record, this.deps.clock.now());
      // Told with a checkpoint or not: what moved meanwhile may have come after the function stopped listening.
      if ((this.moved.get(record.arn) ?? 0) > 0) return true;
      const waits = record.operations.some((it) => dueTimes(record, it).length > 0 || isOpenCallback(it));
      if (!waits)
        await this.finish(record, 'FAILED', {
          error: {
            ErrorType: 'InvalidParameterValueException',
            ErrorMessage: 'Cannot return PENDING status with no pending operations.',
          },
        });
      this.arm(record);
      await this.executions.save(record);
    }
    return false;
  }

  private async crashed(record: ExecutionRecord, type: string, message: string): Promise<void> {
    record.crashes += 1;
    if (record.crashes > MOST_CRASHES)
      return this.finish(record, 'FAILED', { error: { ErrorType: type, ErrorMessage: message } });
    const backoff = Math.min(1000 * 2 ** (record.crashes - 1), LONGEST_BACKOFF_MS);
    record.retryAt = new Date(this.deps.clock.now().getTime() + backoff).toISOString();
    this.arm(record);
    await this.executions.save(record);
  }

  private noteInvocation(record: ExecutionRecord, { requestId, failure }: Outcome): void {
    const now = this.deps.clock.now().toISOString();
    addEvent(record, {
      EventType: 'InvocationCompleted',
      EventTimestamp: now,
      InvocationCompletedDetails: {
        StartTimestamp: record.invocation?.startedAt ?? now,
        EndTimestamp: now,
        RequestId: requestId,
        ...(failure
          ? { Error: { Payload: { ErrorType: failure.errorType, ErrorMessage: failure.errorMessage } } }
          : {}),
      },
    });
    delete record.invocation;
  }

  private async finish(
    record: ExecutionRecord,
    status: EndStatus,
    end: { result?: string | undefined; error?: ErrorObject | undefined },
  ): Promise<void> {
    const now = this.deps.clock.now();
    const { fn } = this.deps.functions.resolve(record.functionName, record.functionVersion);
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
      const what = {
        SUCCEEDED: 'Succeeded',
        FAILED: 'Failed',
        TIMED_OUT: 'TimedOut',
        STOPPED: 'Stopped',
      } as const;
      const details =
        status === 'SUCCEEDED' ? { Result: { Payload: end.result } } : { Error: { Payload: end.error } };
      addEvent(record, operationEvent({ ...execution, Name: record.name }, what[status], details, now));
    }
    this.arm(record);
    if (status !== 'SUCCEEDED' && record.async && fn.deadLetterArn) record.deadLetter = 'due';
    await this.executions.save(record);
    this.endWaiters.get(record.arn)?.forEach((wake) => wake());
    this.endWaiters.delete(record.arn);
    if (record.deadLetter === 'due')
      this.deps.clock.spawn(`dead letter ${record.name}`, () => this.passOn(record));
  }

  /** The original event goes to the function's dead-letter queue; sent twice rather than never. */
  private async passOn(record: ExecutionRecord): Promise<void> {
    const { fn } = this.deps.functions.resolve(record.functionName, record.functionVersion);
    if (fn.deadLetterArn) {
      const failure = {
        errorType: record.error?.ErrorType ?? record.status,
        errorMessage: record.error?.ErrorMessage ?? `The durable execution is ${record.status}`,
      };
      await sendDeadLetter(
        fn.deadLetterArn,
        {
          functionArn: fn.arn,
          version: fn.version,
          roleArn: fn.roleArn,
          requestId: record.requestId,
          event: record.input,
          failure,
          attempts: record.invocations,
          at: this.deps.clock.now(),
        },
        this.deps.destinations,
      );
    }
    record.deadLetter = 'sent';
    await this.executions.save(record);
  }

  private openCallback(callbackId: string | undefined): {
    record: ExecutionRecord;
    operation: StoredOperation;
  } {
    const place = decodeCallbackId(callbackId);
    if (!place)
      throw invalid(`'${callbackId}' is no callback id; it is given to the submitter of waitForCallback.`);
    const record = this.executions.get(place.arn);
    if (record.status === 'RUNNING') this.settle(record, this.deps.clock.now());
    const operation = findOperation(record, place.operation);
    const open =
      operation && isOpenCallback(operation) && operation.CallbackDetails?.CallbackId === callbackId;
    if (!open || record.status !== 'RUNNING')
      throw new AwsError(
        'CallbackTimeoutException',
        `The callback has expired or was closed already: ${operation?.Name ?? place.operation} is ${operation?.Status ?? 'unknown'}, its execution ${record.status}.`,
        400,
      );
    return { record, operation };
  }
}

const isOpenCallback = (operation: StoredOperation): boolean =>
  operation.Type === 'CALLBACK' && operation.Status === 'STARTED';

/** A function, so that the compiler forgets what it believed before an await. */
const isRunning = (record: ExecutionRecord): boolean => record.status === 'RUNNING';

function pick(record: ExecutionRecord, ids: readonly string[]): StoredOperation[] {
  return ids.map((id) => findOperation(record, id)).filter((operation) => operation !== undefined);
}

function retentionIsOver(record: ExecutionRecord, days: number, now: Date): boolean {
  return record.endedAt !== undefined && Date.parse(record.endedAt) + days * DAY_MS <= now.getTime();
}
