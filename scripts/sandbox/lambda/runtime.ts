import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../kernel/clock.ts';
import type { Credentials } from '../kernel/credentials.ts';
import { ACCOUNT, PARTITION, REGION } from '../kernel/places.ts';
import type { Principal } from '../kernel/service.ts';
import type { FunctionVersion } from './functions.ts';
import { InvocationLog } from './invocation-log.ts';
import type { LogSink } from './invocation-log.ts';
import type { FunctionFailure } from './worker-protocol.ts';
import { WorkerPool } from './worker-pool.ts';
import type { WorkerLaunch, WorkerLimits } from './worker-pool.ts';
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

/** One finished invocation, for metrics and narration. */
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
  /** Where the wire listens, e.g. `http://127.0.0.1:4566`. */
  readonly endpoint: () => string;
  readonly limits: WorkerLimits;
  readonly onInvocation: (report: InvocationReport) => void;
}

export interface RunRequest {
  readonly fn: FunctionVersion;
  readonly invokedArn: string;
  /** JSON text. */
  readonly event: string;
  readonly requestId?: string;
  readonly nested?: boolean;
}

/** Runs a function's invocation in a worker process (or, when it is native, here) and writes its log. */
export class Runtime {
  private readonly pool: WorkerPool;
  private readonly deps: RuntimeDependencies;

  constructor(deps: RuntimeDependencies) {
    this.deps = deps;
    this.pool = new WorkerPool(deps.limits);
  }

  /** @throws SandboxStopping when the sandbox stops before the end */
  async run({
    fn,
    invokedArn,
    event,
    requestId = randomUUID(),
    nested = false,
  }: RunRequest): Promise<Outcome> {
    const { clock, logs } = this.deps;
    const now = (): Date => clock.now();
    let began = performance.now();
    let log: InvocationLog | undefined;
    const start = (stream: string): InvocationLog => {
      began = performance.now();
      log = new InvocationLog({ sink: logs, group: logGroupOf(fn), stream, now });
      log.line(`START RequestId: ${requestId} Version: ${fn.version}`);
      return log;
    };

    let ending: Ending;
    if (fn.native) {
      ending = await runNative(fn, fn.native, event, { requestId, log: start(this.newStream(fn)) });
    } else {
      ending = await this.pool.run({
        functionName: fn.name,
        configuration: configurationOf(fn),
        timeoutMs: fn.timeoutSeconds * 1000,
        launch: () => this.launch(fn),
        message: () => {
          const deadline = clock.now().getTime() + fn.timeoutSeconds * 1000;
          return { requestId, event, offset: clock.offset, deadline, invokedFunctionArn: invokedArn };
        },
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

  /**
   * The whole environment of a worker: nothing of the user's own but the search path. `HOME` points away from
   * `~/.aws` and `~/.pgpass`, and the AWS files to nowhere, so that no real account can be reached by mistake.
   */
  private launch(fn: FunctionVersion): WorkerLaunch {
    const logStream = this.newStream(fn);
    const roleName = fn.roleArn.split('/').at(-1) ?? fn.roleArn;
    const principal: Principal = {
      arn: `arn:${PARTITION}:sts::${ACCOUNT}:assumed-role/${roleName}/${fn.name}`,
      roleName,
    };
    // Never revoked: to the sandbox an unknown key is root's, and a dead worker's last request may still arrive.
    const key = this.deps.credentials.issue(principal);
    return {
      codeDir: fn.codeDir,
      logStream,
      offset: this.deps.clock.offset,
      environment: {
        ...fn.environment,
        PATH: process.env['PATH'] ?? '',
        HOME: tmpdir(),
        TZ: 'UTC',
        LANG: 'en_US.UTF-8',
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_ENDPOINT_URL: this.deps.endpoint(),
        AWS_ACCESS_KEY_ID: key.accessKeyId,
        AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
        AWS_SESSION_TOKEN: key.sessionToken,
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_FUNCTION_NAME: fn.name,
        AWS_LAMBDA_FUNCTION_VERSION: fn.version,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
        AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(fn),
        AWS_LAMBDA_LOG_STREAM_NAME: logStream,
        LAMBDA_TASK_ROOT: fn.codeDir,
        _HANDLER: fn.handler,
      },
      started: (pid) => this.deps.credentials.update(key.accessKeyId, { ...principal, workerPid: pid }),
    };
  }

  /** One log stream per worker, named as Lambda names them. */
  private newStream(fn: FunctionVersion): string {
    const day = this.deps.clock.now().toISOString().slice(0, 10).replaceAll('-', '/');
    return `${day}/[${fn.version}]${randomBytes(16).toString('hex')}`;
  }
}

/** Workers of another version or revision are not interchangeable. */
const configurationOf = (fn: FunctionVersion): string => `${fn.version} ${fn.revisionId}`;

export const logGroupOf = (fn: { name: string }): string => `/aws/lambda/${fn.name}`;

async function runNative(
  fn: FunctionVersion,
  handler: NonNullable<FunctionVersion['native']>,
  event: string,
  { requestId, log }: { requestId: string; log: InvocationLog },
): Promise<Ending> {
  const rssMb = Math.ceil(process.memoryUsage.rss() / 2 ** 20);
  try {
    const context = { requestId, environment: fn.environment, log: (line: string) => log.line(line) };
    const result = await handler(JSON.parse(event), context);
    return { kind: 'returned', rssMb, payload: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    const known = error instanceof Error;
    const failure = {
      errorType: known ? error.name : typeof error,
      errorMessage: known ? error.message : String(error),
      trace: known ? (error.stack?.split('\n') ?? []) : [],
    };
    log.line(`${requestId}\tERROR\tInvoke Error \t${JSON.stringify(failure)}`);
    return { kind: 'failed', rssMb, failure };
  }
}

/** Lambda's own words for the ends that no handler can report. */
function failureOf(ending: Ending, fn: FunctionVersion, requestId: string): FunctionFailure | undefined {
  switch (ending.kind) {
    case 'returned':
      return undefined;
    case 'failed':
      return ending.failure;
    case 'timed-out':
      return {
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${requestId} Error: Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`,
      };
    case 'crashed': {
      const how = ending.signal === null ? `exit status ${ending.code}` : `signal: ${ending.signal}`;
      return {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${how}`,
      };
    }
  }
}

function reportLine(
  fn: FunctionVersion,
  requestId: string,
  durationMs: number,
  rssMb: number | undefined,
): string {
  return [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs)} ms`,
    `Memory Size: ${fn.memoryMb} MB`,
    ...(rssMb === undefined ? [] : [`Max Memory Used: ${rssMb} MB`]),
  ].join('\t');
}
