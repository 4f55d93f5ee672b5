/**
 * The sandbox's one clock. It runs at wall speed from a chosen start; only inside `advanceUntil` does it
 * jump to the next timer, and only while nothing is in flight (no request, delivery, worker, statement).
 */
export type TimerAction = () => void | Promise<void>;

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly action: TimerAction;
}

/** `setTimeout` holds at most 2^31-1 ms; a longer wait is simply armed again. */
const LONGEST_TIMEOUT_MS = 2_000_000_000;

export class Clock {
  private offsetMs: number;
  private order = 0;
  private readonly timers = new Map<string, Timer>();
  private readonly working = new Map<symbol, string>();
  private idleWaiters: (() => void)[] = [];
  private pump: NodeJS.Timeout | undefined;
  private stopped = false;
  private readonly onError: (error: unknown) => void;
  private readonly onJump: (now: Date) => void;

  /**
   * @param start where the clock stands now
   * @param onError receives what a timer's action throws
   * @param onJump is told of every jump, e.g. to remember it over a restart
   */
  constructor(
    start: Date = new Date(),
    onError: (error: unknown) => void = () => undefined,
    onJump: (now: Date) => void = () => undefined,
  ) {
    this.offsetMs = start.getTime() - Date.now();
    this.onError = onError;
    this.onJump = onJump;
  }

  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }

  /** Milliseconds by which the sandbox is ahead of the machine; workers shift their `Date` by it. */
  get offset(): number {
    return this.offsetMs;
  }

  /** Runs `action` at `due`. A second timer under the same key replaces the first. */
  at(key: string, due: Date, action: TimerAction): void {
    this.timers.set(key, { due: due.getTime(), order: this.order++, action });
    this.arm();
  }

  cancel(key: string): void {
    this.timers.delete(key);
  }

  /** Counts `work` as in flight for as long as it lasts: the clock won't jump meanwhile. */
  async busy<T>(what: string, work: () => Promise<T>): Promise<T> {
    const token = Symbol(what);
    this.working.set(token, what);
    try {
      return await work();
    } finally {
      this.working.delete(token);
      if (this.working.size === 0) this.idleWaiters.splice(0).forEach((wake) => wake());
    }
  }

  /** Starts `work` without waiting for it, but counted as in flight; errors go to the clock's handler. */
  spawn(what: string, work: () => Promise<unknown>): void {
    void this.busy(what, work).catch(this.onError);
  }

  /** What is in flight, for people who wonder why time stands still. */
  inFlight(): string[] {
    return [...this.working.values()];
  }

  /**
   * Jumps from timer to timer until `condition` holds.
   * @returns false when `limit` (sandbox time) or the last timer came first.
   */
  async advanceUntil(condition: () => boolean | Promise<boolean>, limit: Date): Promise<boolean> {
    while (!this.stopped) {
      await this.idle();
      if (await condition()) return true;
      // What began while the condition was looked at may yet make it true: no jump before it has ended.
      if (this.working.size > 0) continue;
      const next = this.next();
      if (next === undefined || next.timer.due > limit.getTime()) return false;
      this.jumpTo(next.timer.due);
      this.fire(next.key, next.timer);
    }
    return false;
  }

  /** Moves the clock to `moment`, firing on the way what becomes due. */
  async advanceTo(moment: Date): Promise<void> {
    await this.advanceUntil(() => false, moment);
    this.jumpTo(moment.getTime());
  }

  /** Resolves once nothing is in flight, and still nothing a turn of the event loop later. */
  async idle(): Promise<void> {
    for (;;) {
      if (this.working.size > 0) await new Promise<void>((wake) => this.idleWaiters.push(wake));
      await new Promise((turn) => setImmediate(turn));
      if (this.working.size === 0) return;
    }
  }

  stop(): void {
    this.stopped = true;
    this.timers.clear();
    clearTimeout(this.pump);
  }

  private jumpTo(due: number): void {
    const ahead = due - this.now().getTime();
    if (ahead <= 0) return;
    this.offsetMs += ahead;
    this.onJump(this.now());
  }

  private next(): { key: string; timer: Timer } | undefined {
    let best: { key: string; timer: Timer } | undefined;
    for (const [key, timer] of this.timers) {
      const sooner =
        !best ||
        timer.due < best.timer.due ||
        (timer.due === best.timer.due && timer.order < best.timer.order);
      if (sooner) best = { key, timer };
    }
    return best;
  }

  private fire(key: string, timer: Timer): void {
    this.timers.delete(key);
    this.spawn(`timer ${key}`, async () => timer.action());
    this.arm();
  }

  /** The wall-speed pump: sleeps until the next timer is due in real time. */
  private arm(): void {
    clearTimeout(this.pump);
    const next = this.next();
    if (!next || this.stopped) return;
    const delay = Math.max(0, next.timer.due - this.now().getTime());
    this.pump = setTimeout(
      () => {
        const due = this.next();
        if (due && due.timer.due <= this.now().getTime()) this.fire(due.key, due.timer);
        else this.arm();
      },
      Math.min(delay, LONGEST_TIMEOUT_MS),
    );
  }
}
