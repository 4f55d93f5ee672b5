import {
  CallbackSubmitterError,
  CallbackTimeoutError,
  StepSemantics,
  type DurableContext,
  type RetryDecision,
} from '@aws/durable-execution-sdk-js';
import { endMayWait, mayBeRepeated } from './durable-client.ts';
import { answeredWithin } from './answered-within.ts';
import { causeOf } from './tell-error.ts';
import { carried } from './error-class.ts';
import { findOut } from './find-out.ts';
import { log } from './log.ts';
import { known, type Known } from '../domain/known.ts';
import type { StepRecord } from '../domain/run-record.ts';

/** What the journal records of a step besides its result: a line for people, and details. */
export interface Told {
  readonly tell: string;
  readonly detail?: unknown;
}

interface Timed<T> {
  readonly value: T;
  readonly startedAt: string;
  readonly endedAt: string;
}

/** How an at-most-once step ended. `interrupted`: it began, and how far it came is unknown. */
export type Attempted<T> =
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'error' | 'interrupted'; readonly name: string; readonly message: string };

const LOOK_DELAYS_SECONDS = [5, 15];

/** Three tries: for reads and idempotent writes. */
const thrice = (_error: Error, attempt: number): RetryDecision => {
  const seconds = LOOK_DELAYS_SECONDS[attempt - 1];
  return seconds === undefined ? { shouldRetry: false } : { shouldRetry: true, delay: { seconds } };
};

export const ATTEMPTS = LOOK_DELAYS_SECONDS.length + 1;

/**
 * Pauses between looks, in seconds: each twice as long as the one before, up to `atMost`; together `total`, so that the
 * last look is at the very end.
 */
export function pausesOver(total: number, first: number, atMost = first): readonly number[] {
  const pauses: number[] = [];
  for (let left = total, next = first; left > 0; next = Math.min(next * 2, atMost)) {
    pauses.push(Math.min(next, left));
    left -= next;
  }
  return pauses;
}

export interface Attempt {
  readonly number: number;
  readonly isLast: boolean;
  /**
   * The answer of `work`. An error fails the attempt, and the step is retried; in the last attempt it
   * becomes a fact, so that the step can settle for less.
   */
  readonly known: <T>(work: () => Promise<T>, describe?: (error: Error) => string) => Promise<Known<T>>;
}

function attemptOf(number: number): Attempt {
  const isLast = number >= ATTEMPTS;
  return {
    number,
    isLast,
    known: async (work, describe) => (isLast ? findOut(work, describe) : known(await work())),
  };
}

/**
 * The durable context as the engine uses it: every operation has a stable, readable name, is counted,
 * and leaves a line in the run's timeline. Besides the handler, the only file that knows the durable
 * SDK.
 */
export class Journal {
  readonly steps: StepRecord[] = [];
  /** Distinct durable operations so far, including the execution itself. The same on every replay. */
  operations = 1;
  private readonly context: DurableContext;
  private readonly run: string;
  private readonly now: () => Date;

  constructor(context: DurableContext, run: string, now: () => Date) {
    this.context = context;
    this.run = run;
    this.now = now;
  }

  get executionArn(): string {
    return this.context.executionContext.durableExecutionArn;
  }

  /**
   * A step that may be repeated: reads, idempotent writes. Tried three times.
   * @param leadsOn whether it does no harm when a crash repeats this step together with the next one: its end then goes
   * on record with the next checkpoint that is waited for @throws what the third try threw
   */
  async repeatable<T>(
    name: string,
    work: (attempt: Attempt) => Promise<T>,
    told: (value: T) => Told,
    leadsOn: (value: T) => boolean = () => false,
  ): Promise<T> {
    this.operations += 1;
    mayBeRepeated(name);
    const timed = await this.context.step(
      name,
      async ({ attempt }) => {
        const timed = await this.timed(name, () => work(attemptOf(attempt)), told);
        endMayWait(name, leadsOn(timed.value));
        return timed;
      },
      {
        retryStrategy: thrice,
      },
    );
    return this.keep(name, timed, told);
  }

  /** A step that begins at most once, even after a crash; the answer says how it ended. */
  async atMostOnce<T>(name: string, work: () => Promise<T>, told: (value: T) => Told): Promise<Attempted<T>> {
    this.operations += 1;
    try {
      const timed = await this.context.step(name, async () => this.timed(name, work, told), {
        semantics: StepSemantics.AtMostOncePerRetry,
        retryStrategy: () => ({ shouldRetry: false }),
      });
      return { state: 'done', value: this.keep(name, timed, told) };
    } catch (error) {
      // A StepError's cause is a plain object: the SDK keeps name and message, no class.
      const cause = ((error as Error).cause ?? error) as { name: string; message: string };
      const state = cause.name === 'StepInterruptedError' ? 'interrupted' : 'error';
      return { state, name: cause.name, message: cause.message };
    }
  }

  /** Suspends the run; waiting costs nothing. */
  async pause(name: string, seconds: number): Promise<void> {
    this.operations += 1;
    await this.context.wait(name, { seconds });
  }

  /**
   * Checks repeatedly, suspended in between, until `done`. A check that throws did not answer.
   * @returns the last check, or undefined when the time ran out; its detail then says `gaveUp`
   */
  async poll<T>(
    name: string,
    look: () => Promise<T>,
    options: {
      done: (value: T) => boolean;
      /** Before each look but the first. */
      pauses: readonly number[];
      /** The first look comes after the first pause, too. */
      later?: boolean;
      told: (value: T) => Told;
      /** Extra detail when the tries run out. */
      detailOfNone?: Readonly<Record<string, unknown>>;
    },
  ): Promise<T | undefined> {
    this.operations += 1;
    mayBeRepeated(name);
    const { done, told, pauses, later = false } = options;
    type State = { value?: T; unanswered?: string; startedAt: string; endedAt: string };
    const state = await this.context.waitForCondition<State>(
      name,
      async ({ startedAt }) => {
        const began = startedAt || this.now().toISOString();
        if (later && startedAt === '') return { startedAt: began, endedAt: began };
        try {
          const value = await answeredWithin(look);
          if (done(value)) this.say(name, told(value));
          return { value, startedAt: began, endedAt: this.now().toISOString() };
        } catch (error) {
          const unanswered = causeOf(error);
          return { unanswered, startedAt: began, endedAt: this.now().toISOString() };
        }
      },
      {
        initialState: { startedAt: '', endedAt: '' },
        waitStrategy: ({ value }, attempt) => {
          const seconds = pauses[attempt - 1];
          return (value !== undefined && done(value)) || seconds === undefined
            ? { shouldContinue: false }
            : { shouldContinue: true, delay: { seconds } };
        },
      },
    );
    const { value, unanswered } = state;
    if (value !== undefined && done(value)) return this.keep(name, { ...state, value }, told);
    const last = value === undefined ? `no answer: ${unanswered ?? 'no message'}` : told(value).tell;
    this.keep(name, { ...state, value: last }, () => ({
      tell: `given up after ${pauses.length + (later ? 0 : 1)} looks; the last: ${last}`,
      detail: { gaveUp: true, ...options.detailOfNone },
    }));
    return undefined;
  }

  /**
   * Suspends until somebody completes the callback.
   * @param submit publishes the callback's id; may be repeated
   * @returns whether it was completed within `seconds`
   */
  async called(
    name: string,
    submit: (callbackId: string) => Promise<void>,
    seconds: number,
  ): Promise<boolean> {
    this.operations += 3; // a context, the callback in it, and the step that gives its id away
    try {
      await this.context.waitForCallback(name, submit, { timeout: { seconds }, retryStrategy: thrice });
      return true;
    } catch (error) {
      // Not called in time, or the id could not be published: the caller then checks for itself.
      if (error instanceof CallbackTimeoutError || error instanceof CallbackSubmitterError) return false;
      throw error;
    }
  }

  private async timed<T>(name: string, work: () => Promise<T>, told: (value: T) => Told): Promise<Timed<T>> {
    const startedAt = this.now().toISOString();
    const value = await work().catch((error: unknown) => {
      throw carried(error);
    });
    this.say(name, told(value));
    return { value, startedAt, endedAt: this.now().toISOString() };
  }

  /** Inside a step, so that a replay does not log it again. */
  private say(name: string, { tell, detail }: Told): void {
    log.info('step', { run: this.run, step: name, tell, detail });
  }

  private keep<T>(name: string, { value, startedAt, endedAt }: Timed<T>, told: (value: T) => Told): T {
    const { tell, detail = null } = told(value);
    this.steps.push({ name, startedAt, endedAt, tell, detail });
    return value;
  }
}
