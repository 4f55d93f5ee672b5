import { randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../kernel/clock.ts';
import type { Credentials } from '../kernel/credentials.ts';
import type { FunctionVersion } from './functions.ts';
import { failureOf, reportLine } from './invocation-end.ts';
import { InvocationLog } from './invocation-log.ts';
import type { LogSink } from './invocation-log.ts';
import { runNative } from './native.ts';
import type { WarmWorkers } from './warm-workers.ts';
import { launchOf, logGroupOf } from './worker-launch.ts';
import type { FunctionFailure } from './worker-protocol.ts';
import { WorkerPool } from './worker-pool.ts';
import type { WorkerLimits } from './worker-pool.ts';
import type { Ending } from './worker-process.ts';

export interface Outcome {
  readonly requestId: string;
  /** JSON text: the result, or the failure. */
  readonly payload: string;
  readonly failure?: FunctionFailure;
  /** Base64 of the last 4 KB of its log. */
  readonly logTail: string;
  readonly durationMs: number;
}

/** One finished invocation, for metrics and for narration. */
export interface InvocationReport {
  readonly functionName: string;
  readonly version: string;
  readonly requestId: string;
  readonly at: Date;
  readonly durationMs: number;
  readonly failure?: FunctionFailure;
}

export interface RuntimeDependencies {
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly logs: LogSink;
  /** Whether the function's role may write its log; without it, its lines are lost. By default it may. */
  readonly mayLog?: ((fn: { roleArn: string; logGroup: string }) => boolean) | undefined;
  /** Where the wire listens, e.g. `http://127.0.0.1:4566`. */
  readonly endpoint: () => string;
  readonly limits: WorkerLimits;
  readonly warm?: WarmWorkers | undefined;
  readonly allFrozen?: (() => void) | undefined;
  readonly onInvocation: (report: InvocationReport) => void;
}

export interface RunRequest {
  readonly fn: FunctionVersion;
  readonly invokedArn: string;
  /** JSON text. */
  readonly event: string;
  readonly requestId?: string;
  readonly nested?: boolean;
  readonly tenantId?: string | undefined;
}

const NOWHERE: LogSink = { append: () => undefined };

/** Runs a function's invocation in a worker process (or, when it is native, here) and writes its log. */
export class Runtime {
  private readonly pool: WorkerPool;
  private readonly deps: RuntimeDependencies;

  constructor(deps: RuntimeDependencies) {
    this.deps = deps;
    this.pool = new WorkerPool(deps.limits, deps.warm, deps.allFrozen);
  }

  /** @throws EmulatorStopping when the emulator stops before the end */
  async run({
    fn,
    invokedArn,
    event,
    requestId = randomUUID(),
    nested = false,
    tenantId,
  }: RunRequest): Promise<Outcome> {
    const { clock, logs, mayLog = () => true } = this.deps;
    const now = (): Date => clock.now();
    let began = performance.now();
    let log: InvocationLog | undefined;
    const start = (stream: string): InvocationLog => {
      began = performance.now();
      const group = logGroupOf(fn);
      const sink = mayLog({ roleArn: fn.roleArn, logGroup: group }) ? logs : NOWHERE;
      log = new InvocationLog({ sink, group, stream, now });
      log.line(`START RequestId: ${requestId} Version: ${fn.version}`);
      return log;
    };

    const ofTenant = tenantId === undefined ? '' : ` ${tenantId}`;
    let ending: Ending;
    if (fn.native) {
      ending = await runNative(fn, fn.native, event, { requestId, log: start(this.newStream(fn)) });
    } else {
      ending = await this.pool.run({
        functionName: fn.name,
        configuration: configurationOf(fn) + ofTenant,
        concurrency: fn.reservedConcurrency ?? Infinity,
        launch: () => {
          const { credentials, endpoint } = this.deps;
          const launch = launchOf(fn, {
            credentials,
            endpoint: endpoint(),
            logStream: this.newStream(fn),
            clock: clock.read(),
          });
          return { ...launch, likeness: launch.likeness + ofTenant };
        },
        message: () => ({
          requestId,
          event,
          clock: clock.read(),
          invokedFunctionArn: invokedArn,
          timeoutMs: fn.timeoutSeconds * 1000,
          ...(tenantId === undefined ? {} : { tenantId }),
        }),
        onStart: ({ logStream }) => start(logStream),
        onLine: (line) => log?.line(line),
        nested,
      });
    }
    return this.conclude(fn, requestId, ending, performance.now() - began, log ?? start(this.newStream(fn)));
  }

  private async conclude(
    fn: FunctionVersion,
    requestId: string,
    ending: Ending,
    durationMs: number,
    log: InvocationLog,
  ): Promise<Outcome> {
    const at = this.deps.clock.now();
    const failure = failureOf(ending, fn, requestId);
    if (ending.kind === 'timed-out' || ending.kind === 'crashed')
      log.line(`${at.toISOString()} ${requestId} ${failure?.errorMessage.replace(/^RequestId: \S+ /, '')}`);
    log.line(`END RequestId: ${requestId}`);
    log.line(reportLine(fn, requestId, durationMs, 'rssMb' in ending ? ending.rssMb : undefined));
    await log.written();
    this.deps.onInvocation({
      functionName: fn.name,
      version: fn.version,
      requestId,
      at,
      durationMs,
      ...(failure ? { failure } : {}),
    });
    const payload = ending.kind === 'returned' ? ending.payload : JSON.stringify(failure);
    return { requestId, payload, logTail: log.tail(), durationMs, ...(failure ? { failure } : {}) };
  }

  retire(fn: FunctionVersion): void {
    this.pool.retire(fn.name, configurationOf(fn));
  }

  pids(functionName?: string): number[] {
    return this.pool.pids(functionName);
  }

  stop(): Promise<void> {
    return this.pool.stop();
  }

  /** One log stream per worker, named as Lambda names them. */
  private newStream(fn: FunctionVersion): string {
    const day = this.deps.clock.now().toISOString().slice(0, 10).replaceAll('-', '/');
    return `${day}/[${fn.version}]${randomBytes(16).toString('hex')}`;
  }
}

/** Workers of different versions or revisions are not interchangeable. */
const configurationOf = (fn: FunctionVersion): string => `${fn.version} ${fn.revisionId}`;
