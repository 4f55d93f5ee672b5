import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from './child-sandbox.ts';

/** `npm run busy` with one thread, on a program of a few words. */
function busy(program: string) {
  const child = spawn(
    process.execPath,
    ['scripts/busy.ts', '--workers', '1', '--', process.execPath, '-e', program],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return { child, ended: once(child, 'exit') as Promise<[number | null, string | null]> };
}

test.each([
  ['process.exit(0)', 0],
  ['process.exit(7)', 7],
  ["process.kill(process.pid, 'SIGKILL')", 137],
])('the load ends with its command, and passes its exit code on: %s', async (program, code) => {
  expect(await busy(program).ended).toEqual([code, null]);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('interrupted by %s it ends its command, too', async (signal, code) => {
  const { child, ended } = busy('process.stdout.write(String(process.pid)); setInterval(() => 0, 1_000)');
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill(signal);
  expect(await ended).toEqual([code, null]);
  expect(() => process.kill(Number(said.toString()), 0)).toThrow('ESRCH');
});
