import { Credentials } from '../kernel/credentials.ts';
import type { WorkerProcess } from './worker-process.ts';

/** So many wait for the next sandbox; each holds some 60 MB. */
const MOST = 8;

/**
 * Idle workers that outlive their sandbox, for the next one of this process: most of what a drill takes is functions
 * that start cold. A worker is only given to a function with the same code, role and environment, which names the
 * endpoint and the ledger: sandboxes that want it stand on the same ports and on a database of the same name.
 */
export class WarmWorkers {
  /**
   * Of all these sandboxes: a worker keeps its key, and a key that a sandbox does not know is the root user's, whom no
   * policy holds back.
   */
  readonly credentials = new Credentials();
  /** Longest idle first. */
  private kept: { readonly likeness: string; readonly worker: WorkerProcess }[] = [];

  /** @param likeness what the function that needs one would start a new worker with */
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

  /** Ends those that wait; whoever comes next starts cold. */
  async end(): Promise<void> {
    await Promise.all(
      this.kept.splice(0).map(({ worker }) => {
        worker.kill();
        return worker.exited;
      }),
    );
  }
}
