import type { ErrorObject } from '@aws-sdk/client-lambda';
import type { Clock } from '../kernel/clock.ts';
import type { Credentials } from '../kernel/credentials.ts';
import { FUNCTION_URL_PREFIX } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';
import type { Store } from '../kernel/store.ts';
import { AsyncQueue } from './async-queue.ts';
import type { EventInvokeConfig } from './async-queue.ts';
import type { Destinations } from './dead-letters.ts';
import { Concurrency, throttled } from './concurrency.ts';
import { DurableEngine } from './durable-engine.ts';
import type { DurableEngineDependencies } from './durable-engine.ts';
import { historyOf } from './durable-history.ts';
import type { ExecutionHistory } from './durable-history.ts';
import type { ExecutionRecord } from './durable-record.ts';
import { invalid } from './durable-validation.ts';
import { Functions, LATEST, parseReference } from './functions.ts';
import type { AliasSpec, FunctionSpec, FunctionVersion, NativeSpec, Resolved } from './functions.ts';
import type { LogSink } from './invocation-log.ts';
import { eventText } from './payload.ts';
import { Permissions } from './permissions.ts';
import type { PermissionSpec, ServiceCaller, UrlAuthType } from './permissions.ts';
import { QueuePoller } from './queue-poller.ts';
import type { MappingSpec, QueueSource } from './queue-poller.ts';
import { Runtime } from './runtime.ts';
import type { InvocationReport, RuntimeDependencies } from './runtime.ts';
import type { WarmWorkers } from './warm-workers.ts';
import type { WorkerLimits } from './worker-pool.ts';

export interface LambdaDependencies extends Destinations {
  readonly clock: Clock;
  readonly store: Pick<Store, 'collection'>;
  readonly credentials: Credentials;
  readonly logs: LogSink;
  readonly mayLog?: RuntimeDependencies['mayLog'];
  readonly mayInvoke?: DurableEngineDependencies['mayInvoke'];
  /** Where the wire listens; asked when a worker starts. */
  readonly endpoint: () => string;
  readonly queues?: QueueSource;
  readonly limits?: WorkerLimits | undefined;
  /** Workers of earlier emulators; idle ones of this one are kept there in the end. */
  readonly warm?: WarmWorkers | undefined;
  readonly allFrozen?: (() => void) | undefined;
  readonly onInvocation?: (report: InvocationReport) => void;
  /** A call was turned away: its function has as many as are reserved for it. */
  readonly onThrottle?: (functionName: string) => void;
}

export interface InvokeRequest {
  /** Name, partial ARN or ARN, with or without qualifier. */
  readonly function: string;
  readonly qualifier?: string;
  /** The event; a `Uint8Array` is its JSON text. */
  readonly payload?: unknown;
  readonly type: 'RequestResponse' | 'Event';
  readonly durableExecutionName?: string;
  /** A service that invokes the function: it needs a permission (`addPermission`). */
  readonly caller?: ServiceCaller;
  /** Whether a worker waits for the answer. */
  readonly nested?: boolean;
}

export interface InvokeResult {
  readonly statusCode: 200 | 202;
  /** JSON text; absent for events. */
  readonly payload?: string;
  readonly functionError?: 'Unhandled';
  /** Base64 of the last 4 KB of the log. */
  readonly logTail?: string;
  readonly executedVersion: string;
  readonly durableExecutionArn?: string;
}

/** On two cores more workers only wait for each other; each needs some 60 MB. */
const DEFAULT_LIMITS: WorkerLimits = { perFunction: 4, total: 8 };
/** Seconds for which a caller may wait for a durable execution. */
const LONGEST_SYNCHRONOUS = 900;
const EXECUTION_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** AWS Lambda: functions in worker processes, asynchronous events, and durable executions. */
export class Lambda {
  readonly functions: Functions;
  /** Executions at a time. */
  readonly concurrency: Concurrency;
  readonly engine: DurableEngine;
  private readonly clock: Clock;
  private readonly queues: QueueSource | undefined;
  private readonly endpoint: () => string;
  private readonly withUrl = new Map<string, UrlAuthType>();
  private readonly runtime: Runtime;
  private readonly asyncQueue: AsyncQueue;
  readonly permissions = new Permissions();
  private readonly invokeConfigs = new Map<string, EventInvokeConfig>();

  constructor(deps: LambdaDependencies) {
    const { clock, store, credentials, logs, mayLog, endpoint, sqs, sns, warm, allFrozen } = deps;
    this.clock = clock;
    this.queues = deps.queues;
    this.endpoint = endpoint;
    const functions = new Functions(() => clock.now());
    const limits = deps.limits ?? DEFAULT_LIMITS;
    const concurrency = new Concurrency(functions, deps.onThrottle ?? ((): void => undefined));
    const onInvocation = deps.onInvocation ?? ((): void => undefined);
    const runtime = new Runtime({
      clock,
      credentials,
      logs,
      mayLog,
      endpoint,
      limits,
      warm,
      allFrozen,
      onInvocation,
    });
    const destinations = { ...(sqs ? { sqs } : {}), ...(sns ? { sns } : {}) };
    const configOf = (name: string, qualifier: string): EventInvokeConfig | undefined =>
      this.invokeConfigs.get(`${name}:${qualifier}`);
    this.functions = functions;
    this.concurrency = concurrency;
    this.runtime = runtime;
    this.asyncQueue = new AsyncQueue({
      clock,
      store,
      functions,
      runtime,
      concurrency,
      destinations,
      configOf,
    });
    const { mayInvoke } = deps;
    this.engine = new DurableEngine({
      clock,
      store,
      functions,
      runtime,
      concurrency,
      destinations,
      mayInvoke,
    });
  }

  createFunction(spec: FunctionSpec): FunctionVersion {
    if (spec.reservedConcurrency !== undefined) this.concurrency.refuseReservation(spec.reservedConcurrency);
    return this.functions.create(spec);
  }

  /** With all that hangs on it; its executions are left where they are. A missing function is no error. */
  deleteFunction(name: string): void {
    if (!this.functions.has(name)) return;
    this.runtime.retire(this.functions.resolve(name).fn);
    this.functions.delete(name);
    this.permissions.forget(name);
    this.withUrl.delete(name);
    for (const key of this.invokeConfigs.keys())
      if (key.startsWith(`${name}:`)) this.invokeConfigs.delete(key);
  }

  /** Adds a function that runs in the emulator's process, with a log and answers as any other. */
  registerNative({ name, role, environment = {}, logGroup, handler }: NativeSpec): FunctionVersion {
    const spec = {
      name,
      handler: `${name}.handler`,
      codeDir: '',
      environment,
      roleArn: role ?? '',
      timeoutSeconds: LONGEST_SYNCHRONOUS,
      memoryMb: 128,
      ...(logGroup !== undefined && { logGroup }),
    };
    return this.functions.create(spec, handler);
  }

  /** @returns the version, whose number is its qualifier */
  publishVersion(functionName: string): FunctionVersion {
    return this.functions.publish(functionName);
  }

  createAlias(spec: AliasSpec): AliasSpec & { arn: string } {
    return this.functions.alias(spec);
  }

  addPermission(spec: PermissionSpec): void {
    this.permissions.add(spec);
  }

  /** Gives the function a URL (`function-url.ts` serves it). @returns the URL */
  createFunctionUrl(reference: string, authType: UrlAuthType = 'AWS_IAM'): string {
    const { name } = this.functions.resolve(reference).fn;
    this.withUrl.set(name, authType);
    return this.urlOf(name);
  }

  /** The authentication of the function's URL; undefined when it has none. */
  urlAuthOf(reference: string): UrlAuthType | undefined {
    return this.withUrl.get(parseReference(reference).name);
  }

  /** @throws AwsError ResourceNotFoundException when the function has none */
  urlOf(reference: string): string {
    const { name } = parseReference(reference);
    if (this.withUrl.has(name)) return `${this.endpoint()}${FUNCTION_URL_PREFIX}${name}/`;
    throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
  }

  putEventInvokeConfig(config: Omit<EventInvokeConfig, 'qualifier'> & { qualifier?: string }): void {
    const { name, qualifier = LATEST } = parseReference(config.functionName, config.qualifier);
    this.invokeConfigs.set(`${name}:${qualifier}`, { ...config, qualifier });
  }

  createEventSourceMapping(spec: MappingSpec): void {
    if (!this.queues) throw new Error(`There are no queues that ${spec.functionArn} could read from`);
    if (this.functions.resolve(spec.functionArn).fn.durable)
      throw invalid(`A durable function that reads from a queue is not emulated: ${spec.functionArn}`);
    const { clock, functions, runtime } = this;
    new QueuePoller(spec, { source: this.queues, clock, functions, runtime }).start();
  }

  /** Changes `$LATEST`; its warm workers end. */
  updateFunction(functionName: string, change: Partial<FunctionSpec>): FunctionVersion {
    const { before, after } = this.functions.update(functionName, change);
    this.runtime.retire(before);
    return after;
  }

  /** @throws AwsError as the API would answer; a function's own error is in the result */
  async invoke(request: InvokeRequest): Promise<InvokeResult> {
    const target = this.functions.resolve(request.function, request.qualifier);
    if (request.caller) this.permissions.check(request.function, request.qualifier, request.caller);
    const event = eventText(request.payload, request.type);
    if (target.fn.perTenant)
      throw invalid(
        `${target.fn.name} is isolated by tenant: only context.invoke with a tenant is emulated.`,
      );
    if (target.fn.durable) return this.invokeDurable(target, event, request);
    if (request.durableExecutionName !== undefined)
      throw invalid(`${target.fn.name} is not a durable function; DurableExecutionName cannot be used.`);
    const { fn, invokedArn } = target;
    if (request.type === 'Event') {
      await this.asyncQueue.accept(invokedArn, event);
      return { statusCode: 202, executedVersion: fn.version };
    }
    const nested = request.nested ?? false;
    const leave = this.concurrency.enter(fn);
    if (!leave) throw throttled();
    const outcome = await this.clock
      .busy(`invocation of ${fn.name}`, () => this.runtime.run({ fn, invokedArn, event, nested }))
      .finally(leave);
    return {
      statusCode: 200,
      payload: outcome.payload,
      logTail: outcome.logTail,
      executedVersion: fn.version,
      ...(outcome.failure ? { functionError: 'Unhandled' } : {}),
    };
  }

  /** Call it once everything is provisioned: it continues what the last emulator left unfinished. */
  resume(): void {
    this.asyncQueue.resume();
    this.engine.resume();
  }

  /** Ends every worker that is not kept warm. Invocations in flight are left for the next start. */
  stop(): Promise<void> {
    return this.runtime.stop();
  }

  /** The operations of a durable execution, by its ARN. */
  history(executionArn: string): ExecutionHistory {
    return historyOf(this.engine.executions.get(executionArn));
  }

  /** Every execution of these functions, oldest first. */
  executionsOf(...functionNames: readonly string[]): ExecutionHistory[] {
    return this.engine.executions
      .all()
      .filter((record) => functionNames.includes(record.functionName))
      .map(historyOf);
  }

  /** Accepted events that are not handled yet. */
  get queuedEvents(): number {
    return this.asyncQueue.length;
  }

  /** Process ids of the living workers, of one function or of all. */
  workerPids(functionName?: string): number[] {
    return this.runtime.pids(functionName);
  }

  private async invokeDurable(
    target: Resolved,
    event: string,
    request: InvokeRequest,
  ): Promise<InvokeResult> {
    const { fn, qualifier } = target;
    const name = request.durableExecutionName;
    if (qualifier === undefined)
      throw invalid(
        `You cannot invoke a durable function using an unqualified ARN: use ${fn.arn}:<version or alias>.`,
      );
    if (name !== undefined && !EXECUTION_NAME.test(name))
      throw invalid(`DurableExecutionName '${name}' must match ${EXECUTION_NAME.source}.`);
    const timeout = fn.durable?.executionTimeoutSeconds ?? 0;
    if (request.type === 'RequestResponse' && timeout > LONGEST_SYNCHRONOUS)
      throw invalid(
        `You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes: ${fn.name} has ${timeout} s. Invoke it with InvocationType Event.`,
      );
    const started = await this.engine.start(target, event, {
      async: request.type === 'Event',
      ...(name === undefined ? {} : { name }),
    });
    const common = { executedVersion: fn.version, durableExecutionArn: started.arn };
    if (request.type === 'Event') return { statusCode: 202, ...common };
    const closed = await this.clock.aside(this.engine.ended(started));
    if (closed.status === 'SUCCEEDED')
      return { statusCode: 200, payload: closed.result ?? 'null', ...common };
    return { statusCode: 200, functionError: 'Unhandled', payload: failurePayload(closed), ...common };
  }
}

function failurePayload(record: ExecutionRecord): string {
  const error: ErrorObject = record.error ?? {};
  return JSON.stringify({
    errorType: error.ErrorType ?? record.status,
    errorMessage: error.ErrorMessage ?? `The durable execution is ${record.status}`,
    ...(error.StackTrace ? { trace: error.StackTrace } : {}),
  });
}
