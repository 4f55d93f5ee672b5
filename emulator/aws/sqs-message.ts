import type { MessageAttributeValue } from '@aws-sdk/client-sqs';

export type MessageAttributes = Readonly<
  Record<string, { DataType: string; StringValue?: string; BinaryBase64?: string }>
>;

export interface StoredMessage {
  readonly id: string;
  readonly queueArn: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** Milliseconds since the epoch, as all times here. */
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  /** Of the newest receive; older handles delete nothing. */
  readonly receiptHandle?: string;
  /** Of a dead letter: the queue from which it was received too often. Unknown if it was sent here directly. */
  readonly deadLetterSourceArn?: string;
}

export function keptAttributes(
  attributes: Readonly<Record<string, MessageAttributeValue>>,
): MessageAttributes {
  const kept = Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    {
      DataType: DataType ?? 'String',
      ...(StringValue !== undefined && { StringValue }),
      ...(BinaryValue && { BinaryBase64: Buffer.from(BinaryValue).toString('base64') }),
    },
  ]);
  return Object.fromEntries(kept) as MessageAttributes;
}
