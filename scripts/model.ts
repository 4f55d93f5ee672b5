import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Counts } from '../test/model/counts.ts';
import { atEnd } from './command/endings.ts';
import { runCommand } from './command/run-command.ts';
import { inkFor } from './ink.ts';
import { HELP, readOptions, type ModelOptions } from './model/options.ts';
import type { FromWorker, Told } from './model/worker.ts';
import { Databases } from '../emulator/postgres/databases.ts';
import { briefDir } from '../emulator/postgres/brief-dir.ts';
import { startPostgres } from '../emulator/postgres/postgres.ts';

const ink = inkFor(process.stdout);
const print = (...lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

/** Roles belong to the server: all worlds on it share them. */
const PASSWORDS = {
  commercialOps: 'commercial-ops-model',
  responder: 'responder-model',
  actor: 'actor-model',
  rehearser: 'rehearser-model',
};

/** @returns exit code */
async function main({ workers, sequences, seed, ...options }: ModelOptions): Promise<number> {
  const began = performance.now();
  const dir = briefDir('responder-model-');
  atEnd('the folder of the model', async () => rmSync(dir, { recursive: true, force: true }));
  const starting = startPostgres({ dir, tethered: true });
  atEnd('PostgreSQL', () =>
    starting.then(
      (postgres) => postgres.stop(),
      () => undefined,
    ),
  );
  const { url } = await starting;
  const prefix = `model_${dir.slice(-6).toLowerCase()}`;
  atEnd('the databases of the model', () => new Databases(url).dropAll(prefix));
  print(`${sequences} sequences in ${workers} processes, from seed ${seed} on`);

  const counts = new Counts();
  const failures: string[] = [];
  const size = Math.min(workers, sequences);
  const shown = new Progress(sequences);
  await Promise.all(
    Array.from({ length: size }, async (_, i) => {
      const share = Math.floor(sequences / size) + (i < sequences % size ? 1 : 0);
      const told: Told = {
        ...options,
        seed: seed + i,
        sequences: share,
        server: url,
        prefix,
        dir: join(dir, 'worlds'),
        passwords: PASSWORDS,
      };
      const child = fork(join(import.meta.dirname, 'model/worker.ts'), [JSON.stringify(told)], {
        execArgv: [],
      });
      atEnd('a process of the model', () => kill(child));
      const result = await resultOf(child, (done) => shown.of(i, done));
      counts.addAll(result.counts);
      if (result.failure !== undefined) failures.push(result.failure);
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  print('', ...counts.lines().map((line) => (line.startsWith(' ') ? line : ink.strong(line))), '');
  print(...failures.map((failure) => `${ink.bad('failed')} ${failure}`));
  if (failures.length === 0) print(`${ink.good('never')} ${NEVER}`);
  print(ink.dim(`${shown.sequences} sequences in ${seconds.toFixed(0)} s`));
  return failures.length === 0 ? 0 : 1;
}

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

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

await runCommand({
  help: HELP,
  failed: 'the model failed',
  main: (args) => main(readOptions(args)),
});
