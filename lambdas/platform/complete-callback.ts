import type { ReadTools } from './clients.ts';

/** Wakes a run that waits. Whoever was quicker, or an answer of our own that was lost, is no error. */
export async function completeCallback(
  tools: Pick<ReadTools, 'lambda'>,
  callbackId: string,
  result: string,
): Promise<void> {
  const { SendDurableExecutionCallbackSuccessCommand } = await import('@aws-sdk/client-lambda');
  const lambda = await tools.lambda();
  try {
    await lambda.send(
      new SendDurableExecutionCallbackSuccessCommand({
        CallbackId: callbackId,
        Result: JSON.stringify(result),
      }),
    );
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** The run has ended, or no longer waits: nothing is lost. */
const GONE = new Set([
  'CallbackTimeoutException',
  'ResourceNotFoundException',
  'InvalidParameterValueException',
]);

/** Whether the callback was completed before, or its run has ended. */
export const isGone = (error: unknown): boolean => error instanceof Error && GONE.has(error.name);
