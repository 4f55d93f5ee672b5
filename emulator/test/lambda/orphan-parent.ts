/** A small emulator to be killed: it starts a worker that never ends, and prints the worker's process id. */
import { join } from 'node:path';
import { WorkerProcess } from '../../lambda/worker-process.ts';

const codeDir = join(import.meta.dirname, 'handlers');
const environment = { LAMBDA_TASK_ROOT: codeDir, _HANDLER: 'plain.gated' };
const worker = new WorkerProcess({ codeDir, environment, clock: { ahead: 0 }, logStream: 'none' });
const message = {
  requestId: 'r',
  event: JSON.stringify({ begun: process.argv[2], gate: '/nowhere' }),
  clock: { ahead: 0 },
  timeoutMs: 600_000,
  invokedFunctionArn: 'a',
};
void worker.invoke(message, () => undefined);
process.stdout.write(`${worker.pid}\n`);
