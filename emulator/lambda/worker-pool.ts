import type { WarmWorkers } from './warm-workers.ts';
import { WorkerProcess } from './worker-process.ts';
import type { Ending, WorkerOptions } from './worker-process.ts';
import type { InvokeMessage } from './worker-protocol.ts';

/** How many workers may live at once; more invocations wait in a queue. */
export interface WorkerLimits {
  readonly perFunction: number;
  readonly total: number;
  /** How many invocations run at once that no other one waits for: with 1 what happens is in one order only. */
  readonly atOnce?: number;
}

/** What a new worker gets; `started` is called with its process id. */
export interface WorkerLaunch extends WorkerOptions {
  /** Equal for workers that differ only in their key and their log. */
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
  /** Created when the worker takes it, so that it has the time of its beginning. */
  readonly message: () => InvokeMessage;
  readonly onStart: (worker: WorkerProcess) => void;
  readonly onLine: (line: string) => void;
  /** Another worker waits for this one: it may exceed `total`, for waiting could deadlock. */
  readonly nested: boolean;
}

/** The invocation was cut off because the emulator stops; it says nothing about the function. */
export class EmulatorStopping extends Error {
  override readonly name = 'EmulatorStopping';
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
  /** Another worker waits for what it does. */
  nested: boolean;
  /** Not to be reused: the function's configuration has changed. */
  retired: boolean;
}

/** The worker processes: warm ones are reused, and idle ones end to make room. */
export class WorkerPool {
  private readonly limits: WorkerLimits;
  private readonly warm: WarmWorkers | undefined;
  private readonly allFrozen: (() => void) | undefined;
  /** Least recently used first. */
  private slots: Slot[] = [];
  private waiting: Waiting[] = [];
  private stopping = false;

  /**
   * @param warm gives workers of earlier emulators, and keeps idle ones in the end
   * @param allFrozen lets workers stand still between invocations, as in Lambda; called whenever all do
   */
  constructor(limits: WorkerLimits, warm?: WarmWorkers, allFrozen?: () => void) {
    this.limits = limits;
    this.warm = warm;
    this.allFrozen = allFrozen;
  }

  run(assignment: Assignment): Promise<Ending> {
    if (this.stopping) return Promise.reject(new EmulatorStopping('The emulator is stopping'));
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

  /** Ends the function's warm workers, of all tenants; a busy one ends after its invocation. */
  retire(functionName: string, configuration: string): void {
    for (const slot of this.slots) {
      if (slot.functionName !== functionName || !slot.configuration.startsWith(configuration)) continue;
      slot.retired = true;
      if (!slot.busy) slot.worker.kill();
    }
  }

  /** Kills every worker except idle ones that are kept warm, and resolves once the last one has ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    const error = new EmulatorStopping('The emulator is stopping');
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
    const alone = this.slots.filter((it) => it.busy && !it.nested).length;
    if (!nested && alone >= (this.limits.atOnce ?? Infinity)) return undefined;
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
    const slot = {
      worker,
      functionName,
      configuration,
      likeness,
      busy: false,
      nested: false,
      retired: false,
    };
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
    const worker = this.warm?.start(options) ?? new WorkerProcess(options);
    started(worker.pid);
    return { worker, likeness };
  }

  private async use(slot: Slot, { assignment, resolve, reject }: Waiting): Promise<void> {
    const { worker } = slot;
    slot.busy = true;
    slot.nested = assignment.nested;
    if (this.allFrozen) worker.thaw();
    assignment.onStart(worker);
    const ending = await worker.invoke(assignment.message(), assignment.onLine);
    slot.busy = false;
    // The worker used last is reused first, and evicted last.
    this.slots = [...this.slots.filter((it) => it !== slot), ...(worker.alive ? [slot] : [])];
    // A module that failed to load fails again in this worker, but its file may be fixed.
    const broken = ending.kind === 'failed' && ending.failure.errorType.startsWith('Runtime.');
    if (slot.retired || broken) {
      slot.retired = true;
      worker.kill();
    }
    if (this.allFrozen && worker.alive) worker.freeze();
    if (this.slots.every(({ busy }) => !busy)) this.allFrozen?.();
    if (this.stopping) reject(new EmulatorStopping('The emulator is stopping'));
    else resolve(ending);
    this.dispatch();
  }
}
