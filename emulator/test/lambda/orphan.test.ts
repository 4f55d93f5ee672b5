import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isAlive } from './world.ts';

test('a worker does not outlive a sandbox that was killed', async () => {
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'orphan-parent.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const worker = Number(line.toString());
  // Long enough for the worker to be within its invocation, asleep.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(isAlive(worker)).toBe(true);
  parent.kill('SIGKILL');
  const deadline = Date.now() + 5_000;
  while (isAlive(worker) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isAlive(worker)).toBe(false);
});
