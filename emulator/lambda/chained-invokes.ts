import type { OperationUpdate } from '@aws-sdk/client-lambda';
import { createHash } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { AwsError } from '../kernel/service.ts';
import { throttledMs, type Concurrency } from './concurrency.ts';
import type { OutsideEnd } from './durable-operations.ts';
import { findOperation, isOpenInvoke } from './durable-record.ts';
import type { Chained, ExecutionRecord, StoredOperation } from './durable-record.ts';
import { invalid } from './durable-validation.ts';
import type { Functions, Resolved } from './functions.ts';
import type { Runtime } from './runtime.ts';
import { EmulatorStopping } from './worker-pool.ts';

export interface ChainedInvokeDependencies {
  readonly clock: Clock;
  readonly functions: Functions;
  readonly runtime: Runtime;
  readonly concurrency: Concurrency;
  readonly mayInvoke?: ((fn: { roleArn: string; functionArn: string }) => boolean) | undefined;
  readonly start: (target: Resolved, chained: Chained, name: string) => Promise<ExecutionRecord>;
  readonly ended: (record: ExecutionRecord) => Promise<ExecutionRecord>;
  readonly save: (record: ExecutionRecord) => Promise<void>;
  readonly close: (record: ExecutionRecord, operation: StoredOperation, end: OutsideEnd) => Promise<void>;
}

/** Functions that executions invoke (`context.invoke`): their answers resume the caller. */
export class ChainedInvokes {
  private readonly deps: ChainedInvokeDependencies;
  private readonly begun = new Set<string>();

  constructor(deps: ChainedInvokeDependencies) {
    this.deps = deps;
  }

  /** Refuses a checkpoint that invokes what cannot be invoked, before any of it is applied. */
  refuse(record: ExecutionRecord, updates: readonly OperationUpdate[]): void {
    const { functions, mayInvoke = () => true } = this.deps;
    for (const { Type, ChainedInvokeOptions: options } of updates) {
      if (Type !== 'CHAINED_INVOKE') continue;
      const { fn, invokedArn, qualifier } = functions.resolve(options?.FunctionName ?? '');
      const { roleArn } = functions.resolve(record.functionName, record.functionVersion).fn;
      if (!mayInvoke({ roleArn, functionArn: invokedArn }))
        throw new AwsError(
          'AccessDeniedException',
          `${roleArn} may not invoke ${invokedArn}: allow it lambda:InvokeFunction.`,
          403,
        );
      if (fn.durable && qualifier === undefined)
        throw invalid(
          `You cannot invoke a durable function using an unqualified ARN: use ${fn.arn}:<version or alias>.`,
        );
      if ((options?.TenantId !== undefined) !== (fn.perTenant ?? false))
        throw invalid(
          fn.perTenant
            ? `${fn.name} is isolated by tenant: invoke it with a TenantId.`
            : `${fn.name} is not isolated by tenant: invoke it without a TenantId, or configure its tenancy.`,
        );
    }
  }

  /** Starts what has been asked for and is not under way; call it after a start, too. */
  begin(record: ExecutionRecord): void {
    const { clock } = this.deps;
    for (const operation of record.operations.filter(isOpenInvoke)) {
      const key = `chained:${record.arn}:${operation.Id}`;
      if (this.begun.has(key)) continue;
      this.begun.add(key);
      // Not before the caller has suspended, where the clock jumps.
      clock.at(key, new Date(clock.now().getTime() + 1), () => this.invoke(record, operation.Id ?? '', key));
    }
  }

  private async invoke(record: ExecutionRecord, id: string, key: string, throttles = 0): Promise<void> {
    const chained = record.chained?.[id];
    if (!chained || record.status !== 'RUNNING') return;
    const { clock, functions, concurrency, close } = this.deps;
    const target = functions.resolve(chained.target);
    const started = record.events.find(
      (event) => event.Id === id && event.EventType === 'ChainedInvokeStarted',
    )?.ChainedInvokeStartedDetails;
    if (started) started.ExecutedVersion = target.fn.version;
    let end: OutsideEnd | 'throttled' | undefined;
    if (target.fn.durable) {
      const name = createHash('sha256').update(key).digest('hex');
      const execution = await this.deps.start(target, chained, name);
      if (started) started.DurableExecutionArn = execution.arn;
      await this.deps.save(record);
      end = endOf(await clock.aside(this.deps.ended(execution)));
    } else {
      const leave = concurrency.enter(target.fn);
      end = leave ? await this.run(target, chained).finally(leave) : 'throttled';
    }
    if (end === 'throttled') {
      const due = new Date(clock.now().getTime() + throttledMs(throttles));
      return clock.at(key, due, () => this.invoke(record, id, key, throttles + 1));
    }
    const operation = findOperation(record, id);
    // It was stopped or timed out meanwhile, or the emulator stops: the next one invokes again.
    if (!end || !operation || record.status !== 'RUNNING') return;
    await close(record, operation, end);
  }

  private async run(
    { fn, invokedArn }: Resolved,
    { input, tenantId }: Chained,
  ): Promise<OutsideEnd | undefined> {
    try {
      const event = input === '' ? '{}' : input;
      const { payload, failure } = await this.deps.runtime.run({
        fn,
        invokedArn,
        event,
        tenantId,
      });
      if (!failure) return { status: 'SUCCEEDED', result: payload };
      const { errorType: ErrorType, errorMessage: ErrorMessage } = failure;
      return { status: 'FAILED', error: { ErrorType, ErrorMessage } };
    } catch (error) {
      if (error instanceof EmulatorStopping) return undefined;
      throw error;
    }
  }
}

function endOf({ status, result, error }: ExecutionRecord): OutsideEnd | undefined {
  if (status === 'RUNNING' || status === undefined) return undefined;
  return status === 'SUCCEEDED' ? { status, result } : { status, error };
}
