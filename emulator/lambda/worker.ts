/**
 * The program that a worker process runs: it loads one handler and calls it once per message.
 * It imports only its siblings: anything that it shares with a function would be visible to that function.
 */
import { existsSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ClockReading } from '../kernel/clock.ts';
import { installShiftedDate } from './shifted-date.ts';
import { endOfOutput } from './worker-protocol.ts';
import type { FunctionFailure, InvokeMessage, WorkerMessage } from './worker-protocol.ts';

type Handler = (event: unknown, context: Record<string, unknown>) => unknown;

/** Lambda's limit for a response, in bytes. */
const LONGEST_RESPONSE = 6 * 1024 * 1024;

const setDate = installShiftedDate(JSON.parse(process.argv[2] ?? '') as ClockReading);
// Sent as JSON only: `process` is also the function's, which must not be able to use the channel.
const send = (message: WorkerMessage): unknown => process.send?.(message);

// An orphan would go on acting on an account that nobody watches.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the emulator ends its workers in order, after their invocations.
process.on('SIGINT', () => undefined);

const loading = load(process.env['LAMBDA_TASK_ROOT'] ?? '', process.env['_HANDLER'] ?? '');
loading.catch(() => undefined);

process.on('message', (message: InvokeMessage) => {
  // A worker is killed in the end: its compiled code must be stored before.
  void answer(message).then(() => flushCompileCache());
});

async function answer(message: InvokeMessage): Promise<void> {
  setDate(message.clock);
  let reply: { kind: 'returned'; payload: string } | { kind: 'failed'; failure: FunctionFailure };
  try {
    const handler = await loading;
    const payload = JSON.stringify(await handler(JSON.parse(message.event), contextOf(message))) ?? 'null';
    if (Buffer.byteLength(payload) > LONGEST_RESPONSE)
      throw Object.assign(
        new Error(
          `Response payload size (${Buffer.byteLength(payload)} bytes) exceeded maximum allowed payload size (${LONGEST_RESPONSE} bytes).`,
        ),
        { name: 'Function.ResponseSizeTooLarge' },
      );
    reply = { kind: 'returned', payload };
  } catch (error) {
    const failure = describe(error);
    process.stderr.write(
      `${new Date().toISOString()}\t${message.requestId}\tERROR\tInvoke Error \t${JSON.stringify(failure)}\n`,
    );
    reply = { kind: 'failed', failure };
  }
  process.stdout.write(`${endOfOutput(message.requestId)}\n`);
  process.stderr.write(`${endOfOutput(message.requestId)}\n`);
  send({ ...reply, rssMb: Math.ceil(process.memoryUsage.rss() / 2 ** 20) });
}

function contextOf({
  requestId,
  timeoutMs,
  invokedFunctionArn,
  tenantId,
}: InvokeMessage): Record<string, unknown> {
  const deadline = performance.now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: requestId,
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: process.env['AWS_LAMBDA_FUNCTION_VERSION'],
    invokedFunctionArn,
    ...(tenantId === undefined ? {} : { tenantId }),
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'],
    getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
  };
}

/** @param handler as in Lambda: `<file>.<export>`, the file without its extension */
async function load(root: string, handler: string): Promise<Handler> {
  const dot = handler.lastIndexOf('.');
  const [file, name] = [handler.slice(0, dot), handler.slice(dot + 1)];
  const path = ['.mjs', '.js', '.cjs'].map((ext) => join(root, file + ext)).find((it) => existsSync(it));
  if (dot < 1 || path === undefined)
    throw Object.assign(new Error(`Cannot find module '${file}' imported from ${root}`), {
      name: 'Runtime.ImportModuleError',
    });
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const found = module[name];
  if (typeof found !== 'function')
    throw Object.assign(
      new Error(`${handler} is undefined or not exported: ${file} exports ${Object.keys(module).join(', ')}`),
      {
        name: 'Runtime.HandlerNotFound',
      },
    );
  return found as Handler;
}

function describe(error: unknown): FunctionFailure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}
