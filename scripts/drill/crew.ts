import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Fault } from '../sandbox/faults/fault.ts';
import type { DrillResult } from './result.ts';

export interface ToWorker {
  readonly drill: string;
}

export type FromWorker =
  | { readonly ready: true }
  | { readonly result: DrillResult }
  | { readonly failed: string; readonly error: string };

/** Worker processes that share the drills among themselves: whoever has ended one takes the next. */
export class Crew {
  private readonly children: ChildProcess[];

  /** @param told what `worker.ts` is given */
  constructor(size: number, told: object) {
    this.children = Array.from({ length: size }, () =>
      fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(told)], { execArgv: [] }),
    );
  }

  /** Resolves when all have ended. @param onEnd told of each as it ends */
  async run(faults: readonly Fault[], onEnd: (result: DrillResult) => void): Promise<void> {
    const waiting = [...faults];
    await Promise.all(this.children.map((child) => work(child, waiting, onEnd)));
    for (const fault of waiting.splice(0))
      onEnd(brokenOff(fault, 'every process that could have run it has died'));
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

function work(child: ChildProcess, waiting: Fault[], onEnd: (result: DrillResult) => void): Promise<void> {
  let current: Fault | undefined;
  return new Promise((done) => {
    const next = (): void => {
      current = waiting.shift();
      if (current) child.send({ drill: current.name } satisfies ToWorker);
      else done();
    };
    child.on('message', (message: FromWorker) => {
      if ('result' in message) onEnd(message.result);
      if ('failed' in message && current) onEnd(brokenOff(current, message.error));
      next();
    });
    child.on('exit', (code, signal) => {
      if (current) onEnd(brokenOff(current, `its process ended with ${code ?? signal}`));
      done();
    });
  });
}

/** A drill that has shown nothing, for it could not be run to its end. */
const brokenOff = ({ name, about, kind, runs, actions, metric }: Fault, error: string): DrillResult => ({
  ...{ name, about, kind, passed: false, differences: [`it broke off: ${error}`] },
  expected: { runs: runs.map(({ playbook, outcome, branch }) => ({ playbook, outcome, branch })), actions },
  got: { runs: [], actions: [] },
  metric: { name: metric, before: null, after: null },
  ...{ runs: [], told: [], rules: [], seconds: 0, minutes: 0 },
});
