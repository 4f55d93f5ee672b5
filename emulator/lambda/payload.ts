import { AwsError } from '../kernel/service.ts';

/** The most bytes of an event. */
const LARGEST = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024 } as const;

/**
 * The event as compact JSON text. Durable executions compare these texts, so white space makes no difference to
 * an execution's name, but the order of keys does.
 * @param payload bytes are JSON text as it came over the wire; anything else is the event itself
 */
export function eventText(payload: unknown, type: keyof typeof LARGEST): string {
  const text =
    payload instanceof Uint8Array ? Buffer.from(payload).toString('utf8') : JSON.stringify(payload ?? {});
  const bytes = Buffer.byteLength(text);
  if (bytes > LARGEST[type])
    throw new AwsError(
      'RequestTooLargeException',
      `${bytes} byte payload is too large for the ${type} invocation type (limit ${LARGEST[type]} bytes)`,
      413,
    );
  if (text.trim() === '') return '{}';
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${reason}`,
      400,
    );
  }
}
