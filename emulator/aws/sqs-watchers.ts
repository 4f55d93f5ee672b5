import type { Clock } from '../kernel/clock.ts';

/** Listeners for queues that may have a visible message. */
export class QueueWatchers {
  private readonly clock: Clock;
  private readonly listeners = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** @returns ends the watching */
  add(queueArn: string, listener: () => void): () => void {
    const listeners = this.listeners.get(queueArn) ?? new Set();
    this.listeners.set(queueArn, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** A message will be visible at that moment (milliseconds). Without watchers no timer is armed. */
  announce(queueArn: string, visibleAt: number): void {
    if (!this.listeners.get(queueArn)?.size) return;
    const due = new Date(Math.max(visibleAt, this.clock.now().getTime()));
    this.clock.at(`sqs.visible ${queueArn} ${visibleAt}`, due, () => {
      for (const listener of this.listeners.get(queueArn) ?? []) listener();
    });
  }
}
