import { AsyncLocalStorage } from 'node:async_hooks';

export type TimerAction = () => void | Promise<void>;

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly action: TimerAction;
}

/** The clock for another process: where it stands, or by how much it is ahead of the machine. */
export type ClockReading = { readonly stands: number } | { readonly ahead: number };

/** Work in flight, and the work that started it. */
interface Work {
  readonly what: string;
  readonly within: Work | undefined;
}

/** `setTimeout` holds at most 2^31-1 ms; a longer wait is armed again. */
const LONGEST_TIMEOUT_MS = 2_000_000_000;
/** Real milliseconds in which some work must begin or end, or the wait for all of it is given up. */
const STUCK_AFTER_MS = 150_000;

/**
 * The one clock of the emulated account. It stands still: time passes only inside `advanceUntil` and `advanceTo`,
 * which jump from timer to timer, and only while nothing is in flight (no request, delivery, worker, statement).
 * So nothing depends on how fast the machine is: what takes the machine a minute takes no time here. After `run()`
 * time also passes between the jumps, at wall speed, for people who look around.
 */
export class Clock {
  /** Where it stands; once it runs, by how much it is ahead of the machine. */
  private reading: ClockReading;
  private order = 0;
  private readonly timers = new Map<string, Timer>();
  private readonly working = new Set<Work>();
  private readonly current = new AsyncLocalStorage<Work | undefined>();
  private idleWaiters: (() => void)[] = [];
  /** When work last began or ended, in real milliseconds. */
  private lastChange = performance.now();
  private pump: (() => void) | undefined;
  private stopped = false;
  private readonly onError: (error: unknown) => void;
  private readonly onJump: (now: Date) => void | Promise<void>;

  /**
   * @param start where the clock stands now
   * @param onError receives what a timer's action throws
   * @param onJump is called after every jump, e.g. to remember it over a restart; the next jump waits for its end
   */
  constructor(
    start: Date = new Date(),
    onError: (error: unknown) => void = () => undefined,
    onJump: (now: Date) => void | Promise<void> = () => undefined,
  ) {
    this.reading = { stands: start.getTime() };
    this.onError = onError;
    this.onJump = onJump;
  }

  now(): Date {
    return new Date('stands' in this.reading ? this.reading.stands : Date.now() + this.reading.ahead);
  }

  /** For the `Date` of another process. */
  read(): ClockReading {
    return this.reading;
  }

  /** From now on time passes at wall speed, too. */
  run(): void {
    if ('ahead' in this.reading) return;
    this.reading = { ahead: this.reading.stands - Date.now() };
    this.jumped();
    this.arm();
  }

  /** Runs `action` at `due`, soon if that is now or over. A second timer under the same key replaces the first. */
  at(key: string, due: Date, action: TimerAction): void {
    this.timers.set(key, { due: due.getTime(), order: this.order++, action });
    this.arm();
  }

  cancel(key: string): void {
    this.timers.delete(key);
  }

  /** Counts `work` as in flight for as long as it lasts: the clock won't jump meanwhile. */
  async busy<T>(what: string, work: () => Promise<T>): Promise<T> {
    const token: Work = { what, within: this.current.getStore() };
    this.begin(token);
    try {
      return await this.current.run(token, work);
    } finally {
      this.end(token);
    }
  }

  /** Starts `work` without waiting for it, but counted as in flight; errors go to the clock's handler. */
  spawn(what: string, work: () => Promise<unknown>): void {
    // Belongs to no other work: the work that started it may end earlier, or step aside.
    void this.current.run(undefined, () => this.busy(what, work)).catch(this.onError);
  }

  /**
   * Waits for something that only a timer can cause. Until then the waiting work does not count as
   * in flight: it would hold the clock, and wait for ever.
   */
  async aside<T>(waited: Promise<T>): Promise<T> {
    const aside: Work[] = [];
    for (let work = this.current.getStore(); work; work = work.within)
      if (this.working.has(work)) aside.push(work);
    aside.forEach((work) => this.end(work));
    try {
      return await waited;
    } finally {
      aside.forEach((work) => this.begin(work));
    }
  }

  /** The work that keeps the clock from being advanced. */
  inFlight(): string[] {
    return [...this.working].map(({ what }) => what);
  }

  /**
   * Jumps from timer to timer until `condition` holds.
   * @returns false when `limit` (the clock's time) or the last timer came first.
   */
  async advanceUntil(condition: () => boolean | Promise<boolean>, limit: Date): Promise<boolean> {
    while (!this.stopped) {
      await this.idle();
      if (await condition()) return true;
      // Work that began while the condition was checked may still make it true: wait for it before jumping.
      if (this.working.size > 0) continue;
      const due = this.next()?.due;
      if (due === undefined || due > limit.getTime()) return false;
      this.jumpTo(due);
      this.fire();
    }
    return false;
  }

  /** Moves the clock to `moment`, firing every timer on the way. */
  async advanceTo(moment: Date): Promise<void> {
    await this.advanceUntil(() => false, moment);
    this.jumpTo(moment.getTime());
    await this.idle();
  }

  /** Resolves once nothing is in flight and no timer is due, and still nothing a turn of the event loop later. */
  async idle(): Promise<void> {
    while (!this.stopped) {
      if (this.working.size > 0) await this.lastEnd();
      await new Promise((turn) => setImmediate(turn));
      if (this.working.size === 0 && !this.isDue()) return;
    }
  }

  stop(): void {
    this.stopped = true;
    this.timers.clear();
    this.pump?.();
    this.idleWaiters.splice(0).forEach((wake) => wake());
  }

  private begin(work: Work): void {
    this.working.add(work);
    this.lastChange = performance.now();
  }

  private end(work: Work): void {
    this.working.delete(work);
    this.lastChange = performance.now();
    if (this.working.size === 0) this.idleWaiters.splice(0).forEach((wake) => wake());
  }

  /** @throws when nothing has begun or ended for so long that nothing will */
  private async lastEnd(): Promise<void> {
    let watch: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((wake, fail) => {
        this.idleWaiters.push(wake);
        watch = setInterval(() => {
          const still = performance.now() - this.lastChange;
          if (still > STUCK_AFTER_MS)
            fail(
              new Error(
                `The clock can't be advanced: for ${(still / 1000).toFixed(0)} s nothing has begun or ended of what is in flight: ` +
                  `${this.inFlight().join(', ')}. What waits for a timer must do so in clock.aside().`,
              ),
            );
        }, STUCK_AFTER_MS / 10).unref();
      });
    } finally {
      clearInterval(watch);
    }
  }

  private jumpTo(due: number): void {
    const ahead = due - this.now().getTime();
    if (ahead <= 0) return;
    this.reading = 'stands' in this.reading ? { stands: due } : { ahead: this.reading.ahead + ahead };
    this.jumped();
  }

  private jumped(): void {
    const now = this.now();
    this.spawn('onJump of the clock', async () => this.onJump(now));
  }

  private next(): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.timers.values()) if (!best || timer.due < best.due) best = timer;
    return best;
  }

  private isDue(): boolean {
    const next = this.next();
    return next !== undefined && next.due <= this.now().getTime();
  }

  /** Fires the timers whose time has come, in order; one that is set meanwhile fires in the next round. */
  private fire(): void {
    const now = this.now().getTime();
    const due = [...this.timers].filter(([, timer]) => timer.due <= now);
    due.sort(([, a], [, b]) => a.due - b.due || a.order - b.order);
    for (const [key, timer] of due) {
      // A timer before it has cancelled or replaced it.
      if (this.timers.get(key) !== timer) continue;
      this.timers.delete(key);
      this.spawn(`timer ${key}`, async () => timer.action());
    }
    this.arm();
  }

  /** Arms the next timer: it fires soon if its time has come, and at wall speed if the clock runs. */
  private arm(): void {
    this.pump?.();
    this.pump = undefined;
    const next = this.next();
    if (!next || this.stopped) return;
    const delay = next.due - this.now().getTime();
    if (delay <= 0) {
      const soon = setImmediate(() => this.fire());
      this.pump = () => clearImmediate(soon);
    } else if ('ahead' in this.reading) {
      const later = setTimeout(() => this.fire(), Math.min(delay, LONGEST_TIMEOUT_MS));
      this.pump = () => clearTimeout(later);
    }
  }
}
