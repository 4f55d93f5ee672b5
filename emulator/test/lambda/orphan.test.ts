import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { isAlive, read, scratchFile } from './world.ts';

test('a worker does not outlive an emulator that was killed', async () => {
  const begun = scratchFile();
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'orphan-parent.ts'), begun], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const worker = Number(line.toString());
  await eventually('the worker to be within its invocation', () => read(begun) === 'x');
  expect(isAlive(worker)).toBe(true);
  parent.kill('SIGKILL');
  await eventually('the worker to end', () => !isAlive(worker));
});
