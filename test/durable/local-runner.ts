import {
  LocalDurableTestRunner,
  WaitingOperationStatus,
  type DurableOperation,
} from '@aws/durable-execution-sdk-js-testing';
import { handler } from '../../lambdas/runner.handler.ts';

/** What this process and the test tell each other. */
export type ToRunner = { readonly request: unknown } | { readonly alarmIsOk: true };
export interface FromRunner {
  readonly status: string;
  readonly result: unknown;
  readonly operations: readonly {
    readonly id: string | undefined;
    readonly parent: string | undefined;
    readonly name: string | undefined;
    readonly type: string | undefined;
    readonly subType: string | undefined;
    readonly status: string | undefined;
  }[];
}

/**
 * The runner's real handler on AWS's durable testing library, in real time: a process of its own, because the handler
 * reads its settings from the environment, as a function does.
 */
async function main(): Promise<void> {
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
  const runner = new LocalDurableTestRunner({ handlerFunction: handler });
  const execution = await new Promise<Awaited<ReturnType<typeof runner.run>>>((resolve, reject) => {
    process.on('message', (message: ToRunner) => {
      if ('request' in message) runner.run({ payload: message.request }).then(resolve, reject);
      // The dispatcher's part: nobody else knows of this execution.
      else void complete(runner.getOperation('verify:alarm'));
    });
  });
  const told: FromRunner = {
    status: execution.getStatus() ?? 'unknown',
    result: execution.getStatus() === 'SUCCEEDED' ? execution.getResult() : execution.getError(),
    operations: execution.getOperations().map((operation) => ({
      id: operation.getId(),
      parent: operation.getParentId(),
      name: operation.getName(),
      type: operation.getType(),
      subType: operation.getSubType(),
      status: operation.getStatus(),
    })),
  };
  process.send?.(told);
  await LocalDurableTestRunner.teardownTestEnvironment();
  process.disconnect();
}

async function complete(callback: DurableOperation): Promise<void> {
  await callback.waitForData(WaitingOperationStatus.SUBMITTED);
  await callback.sendCallbackSuccess(JSON.stringify('OK'));
}

await main();
