import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

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

/** @throws with what is wrong and what is wanted */
function readOptions(words: readonly string[]): Options | 'help' {
  const [first, second, ...rest] = words;
  if (first === '--help') return 'help';
  if (first !== '--workers') return checked({ workers: 2 * availableParallelism(), command: words });
  const command = rest[0] === '--' ? rest.slice(1) : rest;
  return checked({ workers: Number(second), command });
}

function checked(options: Options): Options {
  const { workers, command } = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > 64)
    throw new TypeError(`--workers must be a whole number from 1 to 64.\n\n${HELP}`);
  if (command.length === 0) throw new TypeError(`The command to run is missing.\n\n${HELP}`);
  return options;
}

async function run({ workers, command: [program = '', ...args] }: Options): Promise<number> {
  const spinning = Array.from({ length: workers }, () => new Worker(SPIN, { eval: true }));
  try {
    const child = spawn(program, args, { stdio: 'inherit' });
    return await new Promise<number>((ended, failed) => {
      child.once('error', failed);
      child.once('exit', (code) => ended(code ?? 1));
    });
  } finally {
    await Promise.all(spinning.map((worker) => worker.terminate()));
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(`${HELP}\n`);
  else process.exitCode = await run(options);
} catch (error) {
  process.stderr.write(`busy: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
