import type { FunctionVersion } from './functions.ts';
import type { FunctionFailure } from './worker-protocol.ts';
import type { Ending } from './worker-process.ts';

/** Lambda's texts for ends that a handler cannot report. */
export function failureOf(
  ending: Ending,
  fn: FunctionVersion,
  requestId: string,
): FunctionFailure | undefined {
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

export function reportLine(
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
