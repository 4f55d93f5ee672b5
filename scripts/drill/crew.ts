import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Fault } from '../sandbox/faults/fault.ts';

export interface ToWorker {
  readonly fault: string;
}

export type FromWorker =
  | { readonly ready: true }
  | { readonly result: unknown }
  | { readonly failed: string; readonly error: string };

/** What is to be seen of a fault that could not be seen to its end. */
export type BrokenOff<Result> = (fault: Fault, error: string) => Result;

/** Worker processes that share the faults among themselves: whoever has ended one takes the next. */
export class Crew<Result> {
  private readonly children: ChildProcess[];
  private readonly brokenOff: BrokenOff<Result>;

  /** @param told what `worker.ts` is given */
  constructor(size: number, told: object, brokenOff: BrokenOff<Result>) {
    this.brokenOff = brokenOff;
    this.children = Array.from({ length: size }, () =>
      fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(told)], { execArgv: [] }),
    );
  }

  /** Resolves when all have ended. @param onEnd told of each as it ends */
  async run(faults: readonly Fault[], onEnd: (result: Result) => void): Promise<void> {
    const waiting = [...faults];
    await Promise.all(this.children.map((child) => work(child, waiting, onEnd, this.brokenOff)));
    for (const fault of waiting.splice(0))
      onEnd(this.brokenOff(fault, 'every process that could have run it has died'));
  }

  /** Ends every process at once; what they leave in files and databases is their maker's to remove. */
  async stop(): Promise<void> {
    await Promise.all(
      this.children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }),
    );
  }
}

function work<Result>(
  child: ChildProcess,
  waiting: Fault[],
  onEnd: (result: Result) => void,
  brokenOff: BrokenOff<Result>,
): Promise<void> {
  let current: Fault | undefined;
  return new Promise((done) => {
    const next = (): void => {
      current = waiting.shift();
      if (current) child.send({ fault: current.name } satisfies ToWorker);
      else done();
    };
    child.on('message', (message: FromWorker) => {
      if ('result' in message) onEnd(message.result as Result);
      if ('failed' in message && current) onEnd(brokenOff(current, message.error));
      next();
    });
    child.on('exit', (code, signal) => {
      if (current) onEnd(brokenOff(current, `its process ended with ${code ?? signal}`));
      done();
    });
  });
}
