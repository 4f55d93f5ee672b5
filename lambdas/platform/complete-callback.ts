import { canonicalJson } from './canonical-json.ts';
import type { ReadTools } from './clients.ts';

/**
 * Wakes a run that waits. If it was already woken, or our own answer was lost, that is no error.
 * @returns whether it still waited
 */
export async function completeCallback(
  tools: Pick<ReadTools, 'lambda'>,
  CallbackId: string,
  result: unknown,
): Promise<boolean> {
  const lambda = await tools.lambda();
  try {
    const Result = Buffer.from(canonicalJson(result));
    await lambda.sendDurableExecutionCallbackSuccess({ CallbackId, Result });
    return true;
  } catch (error) {
    if (error instanceof Error && GONE.has(error.name)) return false;
    throw error;
  }
}

/** The run has ended, or no longer waits. */
const GONE = new Set([
  'CallbackTimeoutException',
  'ResourceNotFoundException',
  'InvalidParameterValueException',
]);
