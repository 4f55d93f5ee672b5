/** A sandbox in small, to be killed: it starts a worker that sleeps, and prints the worker's process id. */
import { join } from 'node:path';
import { WorkerProcess } from '../../lambda/worker-process.ts';

const codeDir = join(import.meta.dirname, 'handlers');
const environment = { LAMBDA_TASK_ROOT: codeDir, _HANDLER: 'plain.sleeper' };
const worker = new WorkerProcess({ codeDir, environment, offset: 0, logStream: 'none' });
const message = {
  requestId: 'r',
  event: '{"ms":600000}',
  offset: 0,
  deadline: Infinity,
  invokedFunctionArn: 'a',
};
void worker.invoke(message, 600_000, () => undefined);
process.stdout.write(`${worker.pid}\n`);
