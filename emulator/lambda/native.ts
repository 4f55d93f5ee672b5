import type { FunctionVersion } from './functions.ts';
import type { InvocationLog } from './invocation-log.ts';
import type { Ending } from './worker-process.ts';

/** Runs a native function's invocation, with the same ends as a worker's. */
export async function runNative(
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
