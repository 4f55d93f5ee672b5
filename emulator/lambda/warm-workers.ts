import { Credentials } from '../kernel/credentials.ts';
import { WorkerProcess, type WorkerOptions } from './worker-process.ts';

/** So many are kept for the next emulator; each needs some 60 MB. */
const MOST = 8;

/**
 * Idle workers that outlive their emulator, for the next one in this process: cold starts are most
 * of the time of a short test. A function gets a worker only with the same code, role and
 * environment, which names the endpoint and databases: so the emulators must use the same ports
 * and database names.
 */
export class WarmWorkers {
  /** Shared by all these emulators: a worker keeps its key. */
  readonly credentials = new Credentials();
  /** Longest idle first. */
  private kept: { readonly likeness: string; readonly worker: WorkerProcess }[] = [];

  /** Started here, since a worker may outlive the code that asked for it. */
  start(options: WorkerOptions): WorkerProcess {
    return new WorkerProcess(options);
  }

  /** @param likeness what a new worker of the function would be started with */
  take(likeness: string): WorkerProcess | undefined {
    const found = this.kept.findLast((it) => it.likeness === likeness && it.worker.alive);
    this.kept = this.kept.filter((it) => it !== found && it.worker.alive);
    return found?.worker;
  }

  keep(likeness: string, worker: WorkerProcess): void {
    worker.rest();
    this.kept.push({ likeness, worker });
    this.kept.splice(0, this.kept.length - MOST).forEach((it) => it.worker.kill());
  }

  /** Ends all kept workers; the next functions start cold. */
  async end(): Promise<void> {
    await Promise.all(
      this.kept.splice(0).map(({ worker }) => {
        worker.kill();
        return worker.exited;
      }),
    );
  }
}
