import { readEvent } from '../alarm-events/read-event.ts';
import type { JsonObject } from '../alarm-events/json.ts';
import { digestOf, type Received } from '../alarm-events/received.ts';
import { handleMessage, matters, type Handled, type MessageHandling } from './handle-message.ts';
import type { ReadBack } from './read-back.ts';
import type { Unrecognised, UnrecognisedReports } from './unrecognised.ts';

export interface InvocationContext {
  readonly awsRequestId: string;
  readonly functionName: string;
}

export interface Dispatching extends Omit<MessageHandling, 'report'> {
  readonly unrecognised: UnrecognisedReports;
  readonly readBack: ReadBack;
  /** Answers a person who invokes the function. */
  readonly answerPerson: (payload: JsonObject, context: InvocationContext) => Promise<unknown>;
}

export type Dispatcher = (event: unknown, context: InvocationContext) => Promise<unknown>;

/** More in one event is no batch of alarms: the rest must come again, and is dead-lettered at last. */
const MOST_MESSAGES = 500;

class TooManyMessages extends Error {
  override readonly name = 'TooManyMessages';

  constructor(got: number) {
    super(`an event has ${got} messages; wanted at most ${MOST_MESSAGES}: send fewer at a time`);
  }
}

/** An SQS batch can hold thousands, and a hung call must not delay the others. */
const AT_ONCE = 10;

/**
 * Handles every message of an event, and none at the cost of another.
 *
 * Answers: a manual call what people want to know; SQS the records to send again (its event source mapping must
 * say `ReportBatchItemFailures`, or they are lost); anything else what was done.
 * @throws after all messages were handled, when one has to come again and its envelope has no way to say so:
 *   Lambda then repeats the whole event (each part may be repeated), and dead-letters it at last
 */
export function createDispatcher(dispatching: Dispatching): Dispatcher {
  return async (event, context) => {
    const messages = readEvent(event);
    const manual = messages.find((message) => message.kind === 'manual');
    if (manual) return dispatching.answerPerson(manual.payload, context);

    const taken = messages.slice(0, MOST_MESSAGES);
    const claims = taken.flatMap((message) =>
      message.kind === 'alarm' && matters(message) ? [message] : [],
    );
    const read = await dispatching.readBack(
      claims.map(({ alarm, contributor }) => ({
        ...alarm,
        ...(contributor !== undefined && { contributor }),
      })),
    );
    const readings = new Map(claims.map((message, index) => [message as Received, read[index]]));
    const reports = new Map<Received, Unrecognised>();
    const handled = await settle(taken, async (message) => {
      // Always alone, and answered above.
      if (message.kind === 'manual') throw new TypeError('a manual call among other messages');
      const report = (unrecognised: Unrecognised): string => {
        reports.set(message, unrecognised);
        return digestOf(unrecognised.body);
      };
      return handleMessage(message, readings.get(message), { ...dispatching, report });
    });
    const fault = await dispatching.unrecognised.report([...reports.values()]).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const results = messages.map((message, index): PromiseSettledResult<Handled> => {
      const result = handled[index];
      if (!result) return { status: 'rejected', reason: new TooManyMessages(messages.length) };
      return fault && reports.has(message) ? { status: 'rejected', reason: fault.error } : result;
    });
    return answer(messages, results, dispatching);
  };
}

function answer(
  messages: readonly Received[],
  results: readonly PromiseSettledResult<Handled>[],
  { log }: Dispatching,
): unknown {
  const failed = results.flatMap((result, index) => {
    const message = messages[index];
    return result.status === 'rejected' && message ? [{ message, error: result.reason as unknown }] : [];
  });
  for (const { message, error } of failed) {
    const alarm = message.kind === 'alarm' ? message.alarm.name : undefined;
    log.error('could not be handled, has to come again', {
      ...message.origin,
      kind: message.kind,
      alarm,
      error,
    });
  }
  const sqsIds = failed.flatMap(({ message }) => message.origin.sqsMessageId ?? []);
  if (sqsIds.length < failed.length) {
    throw new AggregateError(
      failed.map(({ error }) => error),
      `${failed.length} of ${messages.length} message(s) could not be handled; the others were`,
    );
  }
  if (messages.some(({ origin }) => origin.sqsMessageId)) {
    return { batchItemFailures: [...new Set(sqsIds)].map((itemIdentifier) => ({ itemIdentifier })) };
  }
  return { handled: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])) };
}

/** As `Promise.allSettled`, with at most `AT_ONCE` at a time. */
async function settle<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.allSettled(items.slice(start, start + AT_ONCE).map(work))));
  }
  return results;
}
