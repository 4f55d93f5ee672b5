import { spawn } from 'node:child_process';
import { availableParallelism, constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { atEnd } from './command/endings.ts';
import { runCommand } from './command/run-command.ts';
import { Mistakes, readWords } from './command/words.ts';

/** Runs a command while every core is kept busy: what passes then does not depend on how fast the machine is. */
const HELP = `npm run busy [-- --workers <n>] -- <command> …   runs the command while n threads spin

  --workers <n>   how many (default: two for each core)
  --help

Example: npm run busy -- npx jest test/processes`;

/** Each works for a moment and then lets go of the core for another, as other programs on a busy machine do. */
const SPIN = `
const rest = new Int32Array(new SharedArrayBuffer(4));
for (;;) {
  const until = performance.now() + 20 + Math.random() * 180;
  while (performance.now() < until);
  Atomics.wait(rest, 0, 0, Math.random() * 5);
}`;

interface Options {
  readonly workers: number;
  readonly command: readonly string[];
}

/** What follows the options is the command, with options of its own. @throws WordsError with what is wrong and what is wanted */
function readOptions(words: readonly string[]): Options {
  const end = words.findIndex((word, i) => !word.startsWith('--') && words[i - 1] !== '--workers');
  const own = words.slice(0, end < 0 ? undefined : end).filter((word) => word !== '--');
  const { values } = readWords(own, {
    command: 'npm run busy',
    options: { workers: { type: 'string', default: String(2 * availableParallelism()) } },
  });
  const mistakes = new Mistakes();
  const workers = mistakes.whole('workers', values.workers, 1, 64);
  if (end < 0)
    mistakes.add('the command to run is missing; wanted e.g. npm run busy -- npx jest test/processes');
  mistakes.refuse();
  return { workers, command: words.slice(end) };
}

async function run({ workers, command: [program = '', ...args] }: Options): Promise<number> {
  const spinning = Array.from({ length: workers }, () => new Worker(SPIN, { eval: true }));
  try {
    const child = spawn(program, args, { stdio: 'inherit' });
    const code = new Promise<number>((ended, failed) => {
      child.once('error', failed);
      child.once('exit', (code, signal) => ended(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
    // Ctrl-C reaches it by itself; a signal to this process alone must end it, too.
    atEnd('the command', async () => {
      child.kill('SIGTERM');
      await code.catch(() => undefined);
    });
    return await code;
  } finally {
    await Promise.all(spinning.map((worker) => worker.terminate()));
  }
}

await runCommand({
  help: HELP,
  failed: 'the command could not be run',
  main: (args) => run(readOptions(args)),
  ownWords: true,
});
