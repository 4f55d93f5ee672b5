import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Counts } from '../test/model/counts.ts';
import { atEnd } from './command/endings.ts';
import { endProcess, ownServer } from './command/own-server.ts';
import { runCommand } from './command/run-command.ts';
import { inkFor } from './ink.ts';
import { HELP, readOptions, type ModelOptions } from './model/options.ts';
import type { FromWorker, WorkerSettings } from './model/worker.ts';

const ink = inkFor(process.stdout);
const print = (...lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

/** @returns exit code */
async function main({ workers, sequences, seed, ...options }: ModelOptions): Promise<number> {
  const began = performance.now();
  const { place } = await ownServer('model');
  print(`${sequences} sequences in ${workers} processes, from seed ${seed} on`);

  const counts = new Counts();
  const failures: string[] = [];
  const size = Math.min(workers, sequences);
  const shown = new Progress(sequences);
  await Promise.all(
    Array.from({ length: size }, async (_, i) => {
      const share = Math.floor(sequences / size) + (i < sequences % size ? 1 : 0);
      const settings: WorkerSettings = { ...options, ...place, seed: seed + i, sequences: share };
      const worker = join(import.meta.dirname, 'model/worker.ts');
      const child = fork(worker, [JSON.stringify(settings)], { execArgv: [] });
      atEnd('a process of the model', () => endProcess(child));
      const result = await resultOf(child, (done) => shown.of(i, done));
      counts.addAll(result.counts);
      if (result.failure !== undefined) failures.push(result.failure);
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  print('', ...counts.lines().map((line) => (line.startsWith(' ') ? line : ink.strong(line))), '');
  print(...failures.map((failure) => `${ink.bad('failed')} ${failure}`));
  const missing = failures.length === 0 && sequences >= ENOUGH ? counts.missing() : [];
  print(
    ...missing.map((what) => `${ink.bad('failed')} no sequence came to "${what}": try more, or another seed`),
  );
  if (failures.length + missing.length === 0) print(`${ink.good('never')} ${NEVER}`);
  print(ink.dim(`${shown.sequences} sequences in ${seconds.toFixed(0)} s`));
  return failures.length + missing.length === 0 ? 0 : 1;
}

/** So many sequences come to all that they are about. */
const ENOUGH = 60;

const NEVER =
  'acted twice for one cause, past a limit, on a closed period, while switched off or frozen, with a void approval or when a guard ' +
  'erred; held two overlapping locks; or called something resolved that was not';

/** A line now and then: such a run takes minutes. */
class Progress {
  private readonly done = new Map<number, number>();
  private told = 0;
  private readonly wanted: number;

  constructor(wanted: number) {
    this.wanted = wanted;
  }

  get sequences(): number {
    return [...this.done.values()].reduce((sum, done) => sum + done, 0);
  }

  of(worker: number, done: number): void {
    this.done.set(worker, done);
    if (this.sequences < this.told + Math.max(10, this.wanted / 10)) return;
    this.told = this.sequences;
    print(ink.dim(`  ${this.told} of ${this.wanted}`));
  }
}

interface Result {
  readonly failure: string | undefined;
  readonly counts: ReturnType<Counts['toJSON']>;
}

function resultOf(child: ChildProcess, onDone: (done: number) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    let result: Result | undefined;
    child.on('message', (message: FromWorker) => {
      if ('done' in message) onDone(message.done);
      else result = { failure: message.failure, counts: message.counts };
    });
    child.on('exit', (code, signal) => {
      if (result) resolve(result);
      else reject(new Error(`a process of the model ended with ${code ?? signal}`));
    });
  });
}

await runCommand({
  help: HELP,
  failed: 'the model failed',
  main: (args) => main(readOptions(args)),
});
