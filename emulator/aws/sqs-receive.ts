import type { Message, ReceiveMessageCommandInput } from '@aws-sdk/client-sqs';
import { ACCOUNT } from '../kernel/places.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import type { Sqs } from './sqs.ts';
import type { StoredMessage } from './sqs-message.ts';
import { md5, queueArnOf } from './sqs-queue.ts';

/**
 * A waiting request counts as in flight and holds the clock, so the clock cannot end the wait:
 * long polling answers empty after at most this much real time. Callers poll again, as they must
 * on AWS.
 */
const LONGEST_WAIT_MS = 500;

export const receiveMessage = (sqs: Sqs): Operation =>
  operation({
    action: 'sqs:ReceiveMessage',
    resource: ({ QueueUrl }: ReceiveMessageCommandInput) => queueArnOf(QueueUrl),
    handle: async (input: ReceiveMessageCommandInput) => {
      refuseOptions('ReceiveMessage', input, [
        'QueueUrl',
        'AttributeNames',
        'MessageSystemAttributeNames',
        'MessageAttributeNames',
        'MaxNumberOfMessages',
        'VisibilityTimeout',
        'WaitTimeSeconds',
      ]);
      const most = input.MaxNumberOfMessages ?? 1;
      if (most < 1 || most > 10)
        throw new AwsError('InvalidAttributeValue', `MaxNumberOfMessages is ${most}; wanted: 1 to 10.`);
      const queue = sqs.queue(queueArnOf(input.QueueUrl));
      const take = () => sqs.receive(queue.arn, most, input.VisibilityTimeout);
      let messages = await take();
      const waitMs = Math.min((input.WaitTimeSeconds ?? 0) * 1000, LONGEST_WAIT_MS);
      if (messages.length === 0 && waitMs > 0) {
        await arrival(sqs, queue.arn, waitMs);
        messages = await take();
      }
      return messages.length > 0 ? { Messages: messages.map((message) => shown(message, input)) } : {};
    },
  });

async function arrival(sqs: Sqs, queueArn: string, waitMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      unwatch();
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    const unwatch = sqs.watch(queueArn, end);
  });
}

/** A message with the requested attributes. */
function shown(
  message: StoredMessage,
  input: Pick<
    ReceiveMessageCommandInput,
    'MessageSystemAttributeNames' | 'AttributeNames' | 'MessageAttributeNames'
  >,
): Message {
  const system: Record<string, string> = {
    SenderId: ACCOUNT,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    ...(message.deadLetterSourceArn && { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
  };
  const wanted: readonly string[] = [
    ...(input.MessageSystemAttributeNames ?? []),
    ...(input.AttributeNames ?? []),
  ];
  const Attributes = chosen(system, (name) => wanted.includes('All') || wanted.includes(name));
  const MessageAttributes = chosen(message.attributes, (name) =>
    (input.MessageAttributeNames ?? []).some((pattern) => nameMatches(pattern, name)),
  );
  return {
    MessageId: message.id,
    ...(message.receiptHandle !== undefined && { ReceiptHandle: message.receiptHandle }),
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(Attributes && { Attributes }),
    ...(MessageAttributes && {
      MessageAttributes: Object.fromEntries(
        Object.entries(MessageAttributes).map(([name, { BinaryBase64, ...value }]) => [
          name,
          { ...value, ...(BinaryBase64 && { BinaryValue: Buffer.from(BinaryBase64, 'base64') }) },
        ]),
      ),
    }),
  };
}

const nameMatches = (pattern: string, name: string): boolean =>
  pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2)));

/** Undefined instead of empty, as SQS omits the member. */
function chosen<T>(
  all: Readonly<Record<string, T>>,
  wanted: (name: string) => boolean,
): Record<string, T> | undefined {
  const entries = Object.entries(all).filter(([name]) => wanted(name));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
