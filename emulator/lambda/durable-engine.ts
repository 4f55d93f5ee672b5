import type { ErrorObject, OperationUpdate } from '@aws-sdk/client-lambda';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { AwsError } from '../kernel/service.ts';
import type { Store } from '../kernel/store.ts';
import type { Concurrency } from './concurrency.ts';
import type { Destinations } from './dead-letters.ts';
import { ChainedInvokes } from './chained-invokes.ts';
import { addEvent, operationEvent } from './durable-events.ts';
import { applyUpdate, beat, closeFromOutside, decodeCallbackId } from './durable-operations.ts';
import type { OutsideEnd } from './durable-operations.ts';
import { findOperation, isOpenCallback, startedRecord } from './durable-record.ts';
import type { ExecutionRecord, StoredOperation } from './durable-record.ts';
import { invalid, validateUpdates } from './durable-validation.ts';
import { ExecutionDriver } from './execution-driver.ts';
import { ExecutionEnds } from './execution-ends.ts';
import { ExecutionStore } from './execution-store.ts';
import type { DurableSettings, Functions, Resolved } from './functions.ts';
import type { Runtime } from './runtime.ts';

export interface DurableEngineDependencies {
  readonly clock: Clock;
  readonly store: Pick<Store, 'collection'>;
  readonly functions: Functions;
  readonly runtime: Runtime;
  readonly concurrency: Concurrency;
  readonly destinations: Destinations;
  /** Whether a function's role may invoke another function. By default it may. */
  readonly mayInvoke?: ((fn: { roleArn: string; functionArn: string }) => boolean) | undefined;
}

export interface Checkpoint {
  readonly arn: string | undefined;
  readonly token: string | undefined;
  readonly clientToken: string | undefined;
  readonly updates: readonly OperationUpdate[];
}

interface StartOptions {
  readonly name?: string;
  readonly tenantId?: string | undefined;
  readonly async: boolean;
}

const DAY_MS = 86_400_000;

/** Durable executions: starting, checkpoints, callbacks, stopping. */
export class DurableEngine {
  readonly executions: ExecutionStore;
  private readonly clock: Clock;
  private readonly ends: ExecutionEnds;
  private readonly driver: ExecutionDriver;
  private readonly chained: ChainedInvokes;

  constructor(deps: DurableEngineDependencies) {
    this.clock = deps.clock;
    this.executions = new ExecutionStore(deps.store);
    this.ends = new ExecutionEnds({ ...deps, executions: this.executions });
    this.driver = new ExecutionDriver({ ...deps, executions: this.executions, ends: this.ends });
    this.chained = new ChainedInvokes({
      ...deps,
      start: (target, { input, tenantId }, name) =>
        this.start(target, input, { name, tenantId, async: false }),
      ended: (record) => this.ended(record),
      save: (record) => this.executions.save(record),
      close: (record, operation, end) => this.close(record, operation, end),
    });
  }

  /** Starts an execution, or finds the one with this name and payload. Durable when it resolves. */
  async start(target: Resolved, input: string, how: StartOptions): Promise<ExecutionRecord> {
    const { fn } = target;
    const now = this.clock.now();
    if (!fn.durable) throw invalid(`${fn.name} is not a durable function.`);
    const existing = how.name === undefined ? undefined : this.executions.byName(fn.name, how.name);
    if (existing && !retentionIsOver(existing, fn.durable.retentionDays, now)) {
      if (existing.input !== input)
        throw new AwsError(
          'DurableExecutionAlreadyStartedException',
          `The durable execution '${existing.name}' of ${fn.name} was already started with another payload.`,
          409,
        );
      await this.executions.durable(existing);
      return existing;
    }
    // No `await` between the check above and this: concurrent callers of one name get one execution.
    const record = newExecution(target, fn.durable, input, how, now);
    await this.executions.add(record);
    this.driver.arm(record);
    this.driver.drive(record);
    return record;
  }

  ended(record: ExecutionRecord): Promise<ExecutionRecord> {
    return this.ends.ended(record);
  }

  /** After a start, once the functions are there. */
  resume(): void {
    for (const record of this.executions.all()) {
      if (record.status === 'RUNNING') {
        this.chained.begin(record);
        this.driver.resume(record);
      } else if (record.deadLetter === 'due') this.ends.passOn(record);
    }
  }

  /** Applies all updates or none. Repeated with the same client token, it answers as it did before. */
  async checkpoint(input: Checkpoint): Promise<{ token: string; operations: StoredOperation[] }> {
    const record = this.executions.get(input.arn);
    const last = record.lastCheckpoint;
    if (last && input.clientToken !== undefined && last.clientToken === input.clientToken) {
      await this.executions.durable(record);
      return { token: record.token, operations: pick(record, last.operationIds) };
    }
    if (record.status !== 'RUNNING' || input.token !== record.token)
      throw invalid('Invalid checkpoint token');
    this.driver.settle(record);
    validateUpdates(record, input.updates);
    this.chained.refuse(record, input.updates);

    const now = this.clock.now();
    for (const update of input.updates) if (update.Type !== 'EXECUTION') applyUpdate(record, update, now);
    const ids = [...new Set([...input.updates.map((update) => update.Id ?? ''), ...record.news])];
    record.news = [];
    record.token = randomUUID();
    if (input.clientToken !== undefined)
      record.lastCheckpoint = { clientToken: input.clientToken, operationIds: ids };
    // A result that is too large for an answer arrives as a checkpoint of the execution itself.
    const closing = input.updates.find((update) => update.Type === 'EXECUTION');
    if (closing?.Action === 'SUCCEED')
      await this.ends.finish(record, 'SUCCEEDED', { result: closing.Payload });
    else if (closing) await this.ends.finish(record, 'FAILED', { error: closing.Error });
    this.driver.arm(record);
    await this.executions.save(record);
    this.chained.begin(record);
    return { token: record.token, operations: pick(record, ids) };
  }

  completeCallback(callbackId: string | undefined, end: OutsideEnd): Promise<void> {
    const { record, operation } = this.openCallback(callbackId);
    return this.close(record, operation, end);
  }

  async heartbeat(callbackId: string | undefined): Promise<void> {
    const { record, operation } = this.openCallback(callbackId);
    beat(record, operation, this.clock.now());
    this.driver.arm(record);
    await this.executions.save(record);
  }

  async stop(arn: string | undefined, error: ErrorObject | undefined): Promise<ExecutionRecord> {
    const record = this.executions.get(arn);
    if (record.status !== 'RUNNING')
      throw invalid(
        `The durable execution ${record.arn} is ${record.status}; only a RUNNING one can be stopped.`,
      );
    await this.ends.finish(record, 'STOPPED', { error });
    return record;
  }

  private async close(record: ExecutionRecord, operation: StoredOperation, end: OutsideEnd): Promise<void> {
    closeFromOutside(record, operation, end, this.clock.now());
    this.driver.noteChanged(record, [operation.Id ?? '']);
    this.driver.arm(record);
    await this.executions.save(record);
    if (!record.retryAt) this.driver.drive(record);
  }

  private openCallback(callbackId: string | undefined): {
    record: ExecutionRecord;
    operation: StoredOperation;
  } {
    const place = decodeCallbackId(callbackId);
    if (!place)
      throw invalid(`'${callbackId}' is not a callback id; the submitter of waitForCallback gets one.`);
    const record = this.executions.get(place.arn);
    if (record.status === 'RUNNING') this.driver.settle(record);
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

function newExecution(
  { fn, invokedArn }: Resolved,
  settings: DurableSettings,
  input: string,
  how: StartOptions,
  now: Date,
): ExecutionRecord {
  const id = randomUUID();
  const name = how.name ?? id;
  const record = startedRecord({
    id,
    arn: `${fn.arn}:${fn.version}/durable-execution/${name}/${id}`,
    name,
    functionName: fn.name,
    functionVersion: fn.version,
    invokedArn,
    async: how.async,
    ...(how.tenantId === undefined ? {} : { tenantId: how.tenantId }),
    input,
    now,
    seconds: settings.executionTimeoutSeconds,
  });
  const details = {
    Input: { Payload: input, Truncated: false },
    ExecutionTimeout: settings.executionTimeoutSeconds,
  };
  addEvent(record, operationEvent({ Id: id, Name: name, Type: 'EXECUTION' }, 'Started', details, now));
  return record;
}

function pick(record: ExecutionRecord, ids: readonly string[]): StoredOperation[] {
  return ids.map((id) => findOperation(record, id)).filter((operation) => operation !== undefined);
}

function retentionIsOver(record: ExecutionRecord, days: number, now: Date): boolean {
  return record.endedAt !== undefined && Date.parse(record.endedAt) + days * DAY_MS <= now.getTime();
}
