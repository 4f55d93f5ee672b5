import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { endProcess } from '../command/own-server.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import type { CrashPoint } from '../prove/crash-point.ts';

export type ToWorker = Omit<Order, 'fault'> & { readonly fault: string };

/** A fault to be drilled, on the project's own handlers or on others. */
export interface Order {
  readonly fault: Fault;
  /** ISO 8601: only its story from that moment on is wanted. */
  readonly at?: string;
  /** Where in its story somebody dies. */
  readonly crash?: CrashPoint;
  /** The unpacked bundle of these. */
  readonly code?: string;
  /** A statement of a role's policy that is missing. */
  readonly without?: string;
}

export type FromWorker =
  | { readonly ready: true }
  | { readonly result: unknown }
  | { readonly failed: string; readonly error: string };

/** What is to be seen of a fault that could not be seen to its end. */
export type BrokenOff<Result> = (fault: Fault, error: string) => Result;

/** Worker processes that share the orders among themselves: one that has ended its own takes the next. */
export class Crew<Result> {
  private readonly children: ChildProcess[];
  private readonly brokenOff: BrokenOff<Result>;
  /** They have said so in an earlier run, and say it once. */
  private readonly ready = new WeakSet<ChildProcess>();

  /** @param settings what `worker.ts` is given */
  constructor(size: number, settings: object, brokenOff: BrokenOff<Result>) {
    this.brokenOff = brokenOff;
    this.children = Array.from({ length: size }, () =>
      fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(settings)], { execArgv: [] }),
    );
  }

  /** Resolves when all have ended. @param onEnd called with each as it ends */
  async run<O extends Order>(orders: readonly O[], onEnd: (result: Result, order: O) => void): Promise<void> {
    const waiting = [...orders];
    await Promise.all(this.children.map((child) => work(child, waiting, onEnd, this.brokenOff, this.ready)));
    for (const order of waiting.splice(0))
      onEnd(this.brokenOff(order.fault, 'every process that could have run it has died'), order);
  }

  /** Ends every process at once; what they leave in files and databases is their maker's to remove. */
  async stop(): Promise<void> {
    await Promise.all(this.children.map(endProcess));
  }
}

function work<Result, O extends Order>(
  child: ChildProcess,
  waiting: O[],
  onEnd: (result: Result, order: O) => void,
  brokenOff: BrokenOff<Result>,
  ready: WeakSet<ChildProcess>,
): Promise<void> {
  let current: O | undefined;
  return new Promise((done) => {
    const next = (): void => {
      current = waiting.shift();
      if (!current) return done();
      child.send({ ...current, fault: current.fault.name } satisfies ToWorker);
    };
    child.on('message', (message: FromWorker) => {
      ready.add(child);
      if ('result' in message && current) onEnd(message.result as Result, current);
      if ('failed' in message && current) onEnd(brokenOff(current.fault, message.error), current);
      next();
    });
    child.on('exit', (code, signal) => {
      if (current) onEnd(brokenOff(current.fault, `its process ended with ${code ?? signal}`), current);
      done();
    });
    if (ready.has(child)) {
      if (child.connected) next();
      else done();
    }
  });
}
