import { setTimeout as pause } from 'node:timers/promises';
import { LocalDurableTestRunner, type DurableOperation } from '@aws/durable-execution-sdk-js-testing';
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

/** Real milliseconds in which the library notices that an invocation has ended. */
const NOTICED_MS = 200;

let active = 0;

/**
 * The runner's real handler on AWS's durable testing library, in real time: a process of its own, because the handler
 * reads its settings from the environment, as a function does.
 */
async function main(): Promise<void> {
  // The test is gone, or this has told all.
  process.once('disconnect', () => process.exit());
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
  const counted: typeof handler = async (...invocation) => {
    active += 1;
    return handler(...invocation).finally(() => (active -= 1));
  };
  const runner = new LocalDurableTestRunner({ handlerFunction: counted });
  const execution = await new Promise<Awaited<ReturnType<typeof runner.run>>>((resolve, reject) => {
    process.on('message', (message: ToRunner) => {
      if ('request' in message) runner.run({ payload: message.request }).then(resolve, reject);
      // The dispatcher's part: nobody else knows of this execution.
      else complete(runner.getOperation('verify:alarm')).catch(reject);
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
  // The library (1.1.4) forgets an answer that comes while the invocation that asked for it has not ended yet, and
  // its `waitForData(SUBMITTED)` may miss the moment: the invocation ends when there is nothing but to wait.
  while (active > 0) await pause(20);
  await pause(NOTICED_MS);
  await callback.sendCallbackSuccess(JSON.stringify('OK'));
}

await main();
