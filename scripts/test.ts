/**
 * The whole check: format, lint and types beside the tests, then every drill. The first have no deadlines, so they take
 * only what the tests leave of two cores, and say what they have found once the tests have had their say.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';

/** Behind everything else, and so are the processes that it starts. */
const LAST = 19;

const windows = process.platform === 'win32';
const children = new Set<ChildProcess>();

interface Ended {
  readonly sound: boolean;
  readonly output: string;
}

function run(command: string, args: readonly string[], { aside = false } = {}): Promise<Ended> {
  const child = spawn(command, args, {
    shell: windows,
    stdio: aside ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  children.add(child);
  if (aside && child.pid !== undefined) setPriority(child.pid, LAST);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((done) => {
    child.on('error', (error) => (output += `${command}: ${error.message}\n`));
    child.on('close', (code) => {
      children.delete(child);
      done({ sound: code === 0, output });
    });
  });
}

// Ctrl-C reaches them all by itself; whoever ends only us means them, too.
process.on('SIGINT', () => (process.exitCode = 130));
process.on('SIGTERM', () => {
  process.exitCode = 143;
  children.forEach((child) => child.kill('SIGTERM'));
});

const checking = run(process.execPath, ['scripts/check.ts'], { aside: true });
const tests = await run('jest', []);
const checks = await checking;
process.stdout.write(tests.output + checks.output);
if (tests.sound && checks.sound && process.exitCode === undefined) {
  const drills = await run(process.execPath, ['scripts/drill.ts']);
  if (!drills.sound) process.exitCode ??= 1;
} else {
  process.exitCode ??= 1;
}
