import { own, ownText, type JsonObject } from './json.ts';

/** `{"messageId":"…","body":"…","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:…",…}`, also without its source through EventBridge Pipes. */
export const isSqsRecord = (record: JsonObject): boolean =>
  typeof own(record, 'body') === 'string' && typeof own(record, 'messageId') === 'string';

export const bodyOfSqsRecord = (record: JsonObject): string => ownText(record, 'body') ?? '';

export function originOfSqsRecord(record: JsonObject): { sqsMessageId?: string; source?: string } {
  const sqsMessageId = ownText(record, 'messageId');
  const source = ownText(record, 'eventSourceARN');
  return { ...(sqsMessageId && { sqsMessageId }), ...(source && { source }) };
}
