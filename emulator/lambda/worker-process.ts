import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { ClockReading } from '../kernel/clock.ts';
import { LineReader } from './line-reader.ts';
import { endOfOutput } from './worker-protocol.ts';
import type { InvokeMessage, WorkerMessage } from './worker-protocol.ts';

/** How an invocation ended, seen from outside the process. */
export type Ending =
  | WorkerMessage
  | { readonly kind: 'timed-out' }
  /** The process went away by itself, or somebody killed it. */
  | { readonly kind: 'crashed'; readonly code: number | null; readonly signal: NodeJS.Signals | null };

export interface WorkerOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly codeDir: string;
  readonly logStream: string;
  /** For what the module does while it loads. */
  readonly clock: ClockReading;
}

interface Job {
  readonly requestId: string;
  readonly onLine: (line: string) => void;
  readonly settle: (ending: Ending) => void;
}

/** Real milliseconds that a finished invocation waits for the rest of its output. */
const OUTPUT_GRACE_MS = 250;

/** One worker process: it runs one invocation at a time, and ends after a timeout. */
export class WorkerProcess {
  readonly pid: number;
  readonly logStream: string;
  /** Resolves when the process has ended. */
  readonly exited: Promise<void>;
  /** False from the moment at which it is killed. */
  alive = true;
  private readonly child: ChildProcess;
  private readonly outputs: LineReader[];
  private job: Job | undefined;
  private timedOut = false;

  constructor({ environment, codeDir, logStream, clock }: WorkerOptions) {
    this.logStream = logStream;
    this.child = fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(clock)], {
      env: { ...environment },
      cwd: codeDir,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    // A message to a process that was just killed; its exit is handled elsewhere.
    this.child.on('error', () => undefined);
    if (this.child.pid === undefined)
      throw new Error(
        `No worker process could be started in ${codeDir}: ${existsSync(codeDir) ? 'the system refused a process' : 'the directory is gone'}`,
      );
    this.pid = this.child.pid;
    this.outputs = [this.child.stdout, this.child.stderr].map((stream) => new LineReader(stream));
    this.child.on('message', (message: WorkerMessage) => void this.finish(message));
    this.exited = new Promise((resolve) =>
      this.child.once('exit', (code, signal) => {
        this.alive = false;
        resolve();
        void this.finish(this.timedOut ? { kind: 'timed-out' } : { kind: 'crashed', code, signal });
      }),
    );
  }

  invoke(message: InvokeMessage, onLine: (line: string) => void): Promise<Ending> {
    if (this.job) throw new Error(`Worker ${this.pid} is busy with ${this.job.requestId}`);
    this.holdProcess('ref');
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.timedOut = true;
        this.kill();
      }, message.timeoutMs);
      const settle = (ending: Ending): void => {
        clearTimeout(timer);
        resolve(ending);
      };
      this.job = { requestId: message.requestId, onLine, settle };
      this.outputs.forEach((output) => output.begin(endOfOutput(message.requestId), onLine));
      this.child.send(message);
    });
  }

  /** Its output is ignored until its next invocation, which may be another emulator's. */
  rest(): void {
    this.outputs.forEach((output) => output.silence());
    // One that stands still would not hear that this process has ended, and outlive it.
    this.thaw();
    // Nobody waits for it: it alone must not keep this process from ending.
    this.holdProcess('unref');
  }

  /** Nothing of it runs any more: no timer, and nobody who hears that a connection ends. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  kill(): void {
    this.alive = false;
    this.child.kill('SIGKILL');
  }

  private holdProcess(how: 'ref' | 'unref'): void {
    this.child[how]();
    this.child.channel?.[how]();
    for (const stream of [this.child.stdout, this.child.stderr]) (stream as Socket | null)?.[how]();
  }

  private async finish(ending: Ending): Promise<void> {
    const job = this.job;
    if (!job) return;
    this.job = undefined;
    let grace: NodeJS.Timeout | undefined;
    await Promise.race([
      Promise.all(this.outputs.map((output) => output.ended)),
      new Promise((resolve) => (grace = setTimeout(resolve, OUTPUT_GRACE_MS))),
    ]);
    clearTimeout(grace);
    job.settle(ending);
  }
}
