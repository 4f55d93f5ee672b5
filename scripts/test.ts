import { spawn, type ChildProcess } from 'node:child_process';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';

const HELP = `npm test      the whole check: all tests, and beside them format, lint, types and layers, then every drill

It takes no options. One file or folder of tests: npx jest test/engine; some drills: npm run drill -- <pattern>.`;

const children = new Set<ChildProcess>();

interface Running {
  /** Whether it ended as it should. */
  readonly sound: Promise<boolean>;
  /** Shows what it has printed, and from now on what it prints. */
  show(): void;
}

function run(command: string, args: readonly string[], { aside = false } = {}): Running {
  const child = spawn(command, args, {
    shell: process.platform === 'win32',
    stdio: aside ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  children.add(child);
  let kept = '';
  let print = (text: string): unknown => (kept += text);
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => print(text));
  const sound = new Promise<boolean>((done) => {
    child.on('error', (error) => print(`${command}: ${error.message}\n`));
    child.on('close', (code) => {
      children.delete(child);
      done(code === 0);
    });
  });
  return {
    sound,
    show() {
      print = (text) => process.stdout.write(text);
      print(kept);
    },
  };
}

/** What waits for a disk or a process leaves its core to another: so the checks and the drills run beside the tests. */
async function testAll(): Promise<number> {
  let interrupted: number | undefined;
  const end = (): void => children.forEach((child) => child.kill('SIGTERM'));
  // Ctrl-C reaches them all by itself; a signal to us alone is meant for them, too.
  process.on('SIGINT', () => (interrupted = 130));
  process.on('SIGTERM', () => {
    interrupted = 143;
    end();
  });
  const checks = run(process.execPath, ['scripts/check.ts'], { aside: true });
  const drills = checks.sound.then((sound) =>
    sound && interrupted === undefined
      ? run(process.execPath, ['scripts/drill.ts', '--workers', '2'], { aside: true })
      : undefined,
  );
  const tests = run('jest', []);
  const passed = await tests.sound;
  checks.show();
  const drilled = await drills;
  if (passed) drilled?.show();
  // With tests that fail, nobody needs to know how the drills come out.
  else end();
  const all = [passed, await checks.sound, (await drilled?.sound) ?? false];
  return interrupted ?? (all.includes(false) ? 1 : 0);
}

await runCommand({
  help: HELP,
  failed: 'the tests could not be run',
  main(args) {
    readWords(args, { command: 'npm test', options: {} });
    return testAll();
  },
});
