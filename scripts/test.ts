import { spawn, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';

const HELP = `npm test      the whole check: format, lint, types and layers beside all tests, then every drill

It takes no options. One file or folder of tests: npx jest test/engine; some drills: npm run drill -- <pattern>.`;

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

/**
 * What is checked beside the tests has no deadlines, so it takes only what they leave of two cores, and says what it has
 * found once they have had their say.
 */
async function testAll(): Promise<number> {
  let interrupted: number | undefined;
  // Ctrl-C reaches them all by itself; a signal to us alone is meant for them, too.
  process.on('SIGINT', () => (interrupted = 130));
  process.on('SIGTERM', () => {
    interrupted = 143;
    children.forEach((child) => child.kill('SIGTERM'));
  });
  const checking = run(process.execPath, ['scripts/check.ts'], { aside: true });
  const tests = await run('jest', []);
  const checks = await checking;
  process.stdout.write(tests.output + checks.output);
  if (interrupted !== undefined) return interrupted;
  if (!tests.sound || !checks.sound) return 1;
  const drills = await run(process.execPath, ['scripts/drill.ts']);
  return interrupted ?? (drills.sound ? 0 : 1);
}

await runCommand({
  help: HELP,
  failed: 'the tests could not be run',
  main(args) {
    readWords(args, { command: 'npm test', options: {} });
    return testAll();
  },
});
