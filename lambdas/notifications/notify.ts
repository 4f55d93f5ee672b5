import type { MessageAttributeValue, SNS } from '@aws-sdk/client-sns';
import { printable } from '../domain/foreign-text.ts';
import { awsClients, within } from '../platform/aws.ts';
import { chatOf } from './chat.ts';
import type { Notification } from './notification.ts';
import { smsOf } from './sms.ts';
import { subjectOf } from './subject.ts';

export type { Notification } from './notification.ts';
export { subjectOf } from './subject.ts';

export type Notify = (topicArn: string, message: Notification) => Promise<void>;

/** SNS's limit is 256 KiB for all channels' texts as JSON; the rest is for the envelope. */
const MESSAGE_BYTES = 255 * 1024;
const BODY_BYTES = 250 * 1024;

/** Publishes to a topic. The SDK may resend: twice is better than never. */
export function createNotifier(client: () => Promise<SNS>): Notify {
  return async (topicArn, message) => {
    const sns = await client();
    await sns.publish({
      TopicArn: topicArn,
      Subject: subjectOf(message.subject),
      Message: messageOf(message),
      MessageStructure: 'json',
      MessageAttributes: attributesOf(message),
    });
  };
}

/** For programs and subscription filters, so that nobody parses the text. */
export const attributesOf = ({ event, incident }: Notification): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries({
      event,
      incident: incident?.id,
      run: incident?.run,
      severity: incident?.severity,
    }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, { DataType: 'String', StringValue: value }] as const],
    ),
  );

/** `createNotifier` with one client per process. */
export const notify: Notify = createNotifier(
  awsClients({ maxAttempts: 3, requestHandler: within(5_000, 2_000) }).sns,
);

/**
 * A text for each channel, as JSON: for e-mail, queues and functions (`default`), one line for SMS,
 * and for `https` what Amazon Q Developer shows in chat. It always fits, however much the text grows
 * as JSON.
 */
export function messageOf(message: Notification): string {
  const { body } = message;
  const others = { sms: smsOf(message), https: JSON.stringify(chatOf(message)) };
  let bytes = BODY_BYTES;
  for (;;) {
    const text = JSON.stringify({ default: bodyOf(body, bytes), ...others });
    const length = Buffer.byteLength(text);
    if (length <= MESSAGE_BYTES) return text;
    bytes = Math.floor((bytes * MESSAGE_BYTES) / length) - 100;
  }
}

/** SNS refuses empty messages and messages that are too long; a reader's terminal obeys control characters. */
export function bodyOf(text: string, most = BODY_BYTES): string {
  const shown = printable(text);
  if (shown === '') return '(no text)';
  const bytes = Buffer.from(shown, 'utf8');
  if (bytes.length <= most) return shown;
  // A character cut in two is dropped.
  const start = bytes
    .subarray(0, most)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  return `${start}\n\n[cut: the whole text has ${bytes.length} bytes]`;
}
