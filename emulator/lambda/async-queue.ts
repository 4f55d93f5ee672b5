import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { throttledMs, type Concurrency } from './concurrency.ts';
import { sendDeadLetter, sendFailureRecord } from './dead-letters.ts';
import type { DeadLetter, Destinations } from './dead-letters.ts';
import type { Functions, FunctionVersion } from './functions.ts';
import type { Outcome, Runtime } from './runtime.ts';
import { EmulatorStopping } from './worker-pool.ts';
import type { FunctionFailure } from './worker-protocol.ts';

/** An event that was answered with 202 and is not handled yet. */
interface QueuedEvent {
  readonly requestId: string;
  /** Function and qualifier as invoked. */
  readonly functionArn: string;
  /** JSON text. */
  readonly event: string;
  readonly acceptedAt: string;
  readonly attempts: number;
  readonly dueAt: string;
  /** How often it has found no room, since it was last tried. */
  readonly throttles?: number;
}

export interface EventInvokeConfig {
  readonly functionName: string;
  /** Version or alias; `$LATEST` for unqualified invocations. */
  readonly qualifier: string;
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeSeconds?: number;
  readonly onFailureArn?: string;
}

/** Lambda waits one minute before the first retry and two before the second. */
const RETRY_AFTER_MS = [60_000, 120_000];
const DEFAULT_RETRIES = 2;
/** An event that could not be handled until then is given up. */
export const LONGEST_EVENT_AGE_SECONDS = 21_600;

export interface AsyncQueueDependencies {
  readonly clock: Clock;
  readonly store: Pick<Store, 'collection'>;
  readonly functions: Functions;
  readonly runtime: Runtime;
  readonly concurrency: Concurrency;
  readonly destinations: Destinations;
  readonly configOf: (name: string, qualifier: string) => EventInvokeConfig | undefined;
}

/** Asynchronous invocations: stored first, tried up to three times, then sent to the dead-letter queue. */
export class AsyncQueue {
  private readonly deps: AsyncQueueDependencies;
  private readonly queue: Collection<QueuedEvent>;

  constructor(deps: AsyncQueueDependencies) {
    this.deps = deps;
    this.queue = deps.store.collection('lambda.event');
  }

  /** Resolves when the event is durable. */
  async accept(functionArn: string, event: string): Promise<{ requestId: string }> {
    const { clock } = this.deps;
    const now = clock.now().toISOString();
    const queued = { requestId: randomUUID(), functionArn, event, acceptedAt: now, attempts: 0, dueAt: now };
    await this.queue.put(queued.requestId, queued);
    clock.spawn(`event ${queued.requestId}`, () => this.attempt(queued.requestId));
    return { requestId: queued.requestId };
  }

  /** After a start: continues with the events that were accepted and not handled. */
  resume(): void {
    for (const { requestId, dueAt } of this.queue.all()) this.schedule(requestId, new Date(dueAt));
  }

  get length(): number {
    return this.queue.all().length;
  }

  private schedule(requestId: string, due: Date): void {
    this.deps.clock.at(`lambda:event:${requestId}`, due, () => this.attempt(requestId));
  }

  private async attempt(requestId: string): Promise<void> {
    const queued = this.queue.get(requestId);
    if (!queued) return;
    const { functions, runtime, concurrency, clock, configOf } = this.deps;
    const { fn, qualifier, invokedArn } = functions.resolve(queued.functionArn);
    const config = configOf(fn.name, qualifier ?? '$LATEST');
    const age = clock.now().getTime() - Date.parse(queued.acceptedAt);
    if (age > (config?.maximumEventAgeSeconds ?? LONGEST_EVENT_AGE_SECONDS) * 1_000)
      return this.giveUp(queued, fn, config, { condition: 'EventAgeExceeded', failure: TOO_OLD });
    const leave = concurrency.enter(fn);
    if (!leave) {
      // No attempt: Lambda gives it back to its queue.
      const { throttles = 0 } = queued;
      const due = new Date(clock.now().getTime() + throttledMs(throttles));
      await this.queue.put(requestId, { ...queued, throttles: throttles + 1, dueAt: due.toISOString() });
      return this.schedule(requestId, due);
    }
    let outcome: Outcome;
    try {
      outcome = await runtime.run({ fn, invokedArn, event: queued.event, requestId });
    } catch (error) {
      // The event stays in the queue for the next start.
      if (error instanceof EmulatorStopping) return;
      throw error;
    } finally {
      leave();
    }
    if (!outcome.failure) return this.queue.delete(requestId);

    const attempts = queued.attempts + 1;
    const delay = RETRY_AFTER_MS[Math.min(attempts, RETRY_AFTER_MS.length) - 1] ?? 0;
    const due = new Date(clock.now().getTime() + delay);
    await this.queue.put(requestId, { ...queued, attempts, throttles: 0, dueAt: due.toISOString() });
    if (attempts <= (config?.maximumRetryAttempts ?? DEFAULT_RETRIES)) {
      this.schedule(requestId, due);
      return;
    }
    await this.giveUp({ ...queued, attempts }, fn, config, {
      condition: 'RetriesExhausted',
      failure: outcome.failure,
    });
  }

  private async giveUp(
    { requestId, event, attempts }: QueuedEvent,
    fn: FunctionVersion,
    config: EventInvokeConfig | undefined,
    why: Pick<DeadLetter, 'condition' | 'failure'>,
  ): Promise<void> {
    const { clock, destinations } = this.deps;
    const deadLetter = {
      ...why,
      functionArn: fn.arn,
      version: fn.version,
      roleArn: fn.roleArn,
      requestId,
      event,
      attempts,
      at: clock.now(),
    };
    // Deleted last: an event whose dead letter could not be sent is tried again after the next start.
    if (config?.onFailureArn) await sendFailureRecord(config.onFailureArn, deadLetter, destinations);
    if (fn.deadLetterArn) await sendDeadLetter(fn.deadLetterArn, deadLetter, destinations);
    await this.queue.delete(requestId);
  }
}

const TOO_OLD: FunctionFailure = {
  errorType: 'EventAgeExceeded',
  errorMessage: 'The event is older than the function accepts.',
};
