import type { WarmWorkers } from './warm-workers.ts';
import { WorkerProcess } from './worker-process.ts';
import type { Ending, WorkerOptions } from './worker-process.ts';
import type { InvokeMessage } from './worker-protocol.ts';

/** How many workers may live at once; more invocations wait in a queue. */
export interface WorkerLimits {
  readonly perFunction: number;
  readonly total: number;
}

/** What a new worker gets; `started` is told its process id. */
export interface WorkerLaunch extends WorkerOptions {
  /** The same for workers that differ in nothing but their key and their log. */
  readonly likeness: string;
  readonly started: (pid: number) => void;
}

export interface Assignment {
  readonly functionName: string;
  /** Workers are reused only for the same code and configuration. */
  readonly configuration: string;
  /** How many invocations of the function may run at once. */
  readonly concurrency: number;
  /** Called when a new worker is needed. */
  readonly launch: () => WorkerLaunch;
  /** Made when the worker takes it, so that it tells the time of its beginning. */
  readonly message: () => InvokeMessage;
  readonly onStart: (worker: WorkerProcess) => void;
  readonly onLine: (line: string) => void;
  /** Another worker waits for this one: it may exceed `total`, for to let it queue could deadlock. */
  readonly nested: boolean;
}

/** The invocation was cut off because the sandbox stops; it says nothing about the function. */
export class SandboxStopping extends Error {
  override readonly name = 'SandboxStopping';
}

interface Waiting {
  readonly assignment: Assignment;
  readonly resolve: (ending: Ending) => void;
  readonly reject: (error: Error) => void;
}

interface Slot {
  readonly worker: WorkerProcess;
  readonly functionName: string;
  readonly configuration: string;
  readonly likeness: string;
  busy: boolean;
  /** Not to be reused: its configuration is no longer the function's. */
  retired: boolean;
}

/** The worker processes: warm ones are reused, idle ones make room for others. */
export class WorkerPool {
  private readonly limits: WorkerLimits;
  private readonly warm: WarmWorkers | undefined;
  /** Least recently used first. */
  private slots: Slot[] = [];
  private waiting: Waiting[] = [];
  private stopping = false;

  /** @param warm gives workers of earlier sandboxes, and takes what is left idle in the end */
  constructor(limits: WorkerLimits, warm?: WarmWorkers) {
    this.limits = limits;
    this.warm = warm;
  }

  run(assignment: Assignment): Promise<Ending> {
    if (this.stopping) return Promise.reject(new SandboxStopping('The sandbox is stopping'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ assignment, resolve, reject });
      this.dispatch();
    });
  }

  /** Process ids of the living workers, of one function or of all. */
  pids(functionName?: string): number[] {
    return this.slots
      .filter((it) => it.worker.alive && (functionName === undefined || it.functionName === functionName))
      .map((slot) => slot.worker.pid);
  }

  /** Ends the function's warm workers; a busy one ends after its invocation. */
  retire(functionName: string, configuration: string): void {
    for (const slot of this.slots) {
      if (slot.functionName !== functionName || slot.configuration !== configuration) continue;
      slot.retired = true;
      if (!slot.busy) slot.worker.kill();
    }
  }

  /** Kills every worker, but for idle ones that somebody keeps warm, and resolves once the last of them is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    const error = new SandboxStopping('The sandbox is stopping');
    this.waiting.splice(0).forEach(({ reject }) => reject(error));
    await Promise.all(
      this.slots.map(async ({ worker, likeness, busy, retired }) => {
        if (this.warm && !busy && !retired && worker.alive) return this.warm.keep(likeness, worker);
        worker.kill();
        await worker.exited;
      }),
    );
  }

  private dispatch(): void {
    this.waiting = this.waiting.filter((waiting) => {
      try {
        const slot = this.slotFor(waiting.assignment);
        if (slot) void this.use(slot, waiting);
        return !slot;
      } catch (error) {
        waiting.reject(error instanceof Error ? error : new Error(String(error)));
        return false;
      }
    });
  }

  private slotFor({
    functionName,
    configuration,
    concurrency,
    launch,
    nested,
  }: Assignment): Slot | undefined {
    const usable = this.slots.filter(({ worker, retired }) => worker.alive && !retired);
    const idle = usable.filter(({ busy }) => !busy);
    const warm = idle.findLast(
      (it) => it.functionName === functionName && it.configuration === configuration,
    );
    if (warm) return warm;
    const own = this.slots.filter(
      (it) => it.functionName === functionName && it.busy && it.worker.alive,
    ).length;
    if (own >= Math.min(this.limits.perFunction, concurrency)) return undefined;
    if (usable.length >= this.limits.total) {
      const eldest = idle[0];
      if (!eldest && !nested) return undefined;
      if (eldest) {
        eldest.retired = true;
        eldest.worker.kill();
      }
    }
    const { worker, likeness } = this.start(launch());
    const slot = { worker, functionName, configuration, likeness, busy: false, retired: false };
    this.slots.push(slot);
    void worker.exited.then(() => {
      this.slots = this.slots.filter((it) => it !== slot);
      this.dispatch();
    });
    return slot;
  }

  private start({ started, likeness, ...options }: WorkerLaunch): Pick<Slot, 'worker' | 'likeness'> {
    const warm = this.warm?.take(likeness);
    if (warm) return { worker: warm, likeness };
    const worker = new WorkerProcess(options);
    started(worker.pid);
    return { worker, likeness };
  }

  private async use(slot: Slot, { assignment, resolve, reject }: Waiting): Promise<void> {
    const { worker } = slot;
    slot.busy = true;
    assignment.onStart(worker);
    const ending = await worker.invoke(assignment.message(), assignment.onLine);
    slot.busy = false;
    // Whoever was used last is reused first, and evicted last.
    this.slots = [...this.slots.filter((it) => it !== slot), ...(worker.alive ? [slot] : [])];
    // A module that could not be loaded won't load better the second time, but its file may be repaired.
    const broken = ending.kind === 'failed' && ending.failure.errorType.startsWith('Runtime.');
    if (slot.retired || broken) {
      slot.retired = true;
      worker.kill();
    }
    if (this.stopping) reject(new SandboxStopping('The sandbox is stopping'));
    else resolve(ending);
    this.dispatch();
  }
}
