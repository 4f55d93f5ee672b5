import { REGION } from '../kernel/places.ts';
import { createHash, randomUUID } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sns';

/** One published message, as every subscriber gets it. */
export interface SnsMessage {
  readonly messageId: string;
  readonly topicArn: string;
  readonly message: string;
  readonly subject?: string;
  readonly attributes: Readonly<Record<string, { Type: string; Value: string }>>;
  /** ISO 8601 with milliseconds and `Z`. */
  readonly at: string;
}

export function snsMessage(
  topicArn: string,
  input: { message: string; subject?: string; attributes?: Readonly<Record<string, MessageAttributeValue>> },
  now: Date,
): SnsMessage {
  const attributes = Object.entries(input.attributes ?? {}).map(([name, value]) => [
    name,
    {
      Type: value.DataType ?? 'String',
      Value: value.StringValue ?? Buffer.from(value.BinaryValue ?? []).toString('base64'),
    },
  ]);
  return {
    messageId: randomUUID(),
    topicArn,
    message: input.message,
    ...(input.subject !== undefined && { subject: input.subject }),
    attributes: Object.fromEntries(attributes) as SnsMessage['attributes'],
    at: now.toISOString(),
  };
}

const HOST = `https://sns.${REGION}.amazonaws.com`;
const CERTIFICATE = `${HOST}/SimpleNotificationService-sandbox.pem`;
const unsubscribeUrl = (arn: string): string => `${HOST}/?Action=Unsubscribe&SubscriptionArn=${arn}`;

/** Looks like a signature, but nothing can verify it. */
const signature = ({ messageId, message }: SnsMessage): string =>
  createHash('sha256').update(`${messageId}\n${message}`).digest('base64');

/**
 * The event of a Lambda function. SNS sends one record per invocation. It is spelt `Url` here, and
 * `URL` in HTTP.
 */
export function lambdaEvent(subscriptionArn: string, message: SnsMessage): Record<string, unknown> {
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          Type: 'Notification',
          MessageId: message.messageId,
          TopicArn: message.topicArn,
          Subject: message.subject ?? null,
          Message: message.message,
          Timestamp: message.at,
          SignatureVersion: '1',
          Signature: signature(message),
          SigningCertUrl: CERTIFICATE,
          UnsubscribeUrl: unsubscribeUrl(subscriptionArn),
          MessageAttributes: message.attributes,
        },
      },
    ],
  };
}

/** The body that a queue gets. */
export function queueBody(subscriptionArn: string, message: SnsMessage): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: message.messageId,
    TopicArn: message.topicArn,
    ...(message.subject !== undefined && { Subject: message.subject }),
    Message: message.message,
    Timestamp: message.at,
    SignatureVersion: '1',
    Signature: signature(message),
    SigningCertURL: CERTIFICATE,
    UnsubscribeURL: unsubscribeUrl(subscriptionArn),
    ...(Object.keys(message.attributes).length > 0 && { MessageAttributes: message.attributes }),
  });
}
