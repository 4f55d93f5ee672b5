import type { SNSClient } from '@aws-sdk/client-sns';

export interface Notification {
  /** Any text: it is made fit for SNS. */
  readonly subject: string;
  readonly body: string;
}

export type Notify = (topicArn: string, message: Notification) => Promise<void>;

/** SNS: "fewer than 100 characters long" of ASCII, no line breaks or control characters. */
const SUBJECT_LENGTH = 99;
/** SNS takes 256 KiB in all; the rest is for the envelope. */
const BODY_BYTES = 250 * 1024;

/** Publishes to a topic. The SDK may resend: a message that comes twice is better than one that never comes. */
export function createNotifier(client: () => Promise<SNSClient>): Notify {
  return async (topicArn, { subject, body }) => {
    const [sns, { PublishCommand }] = await Promise.all([client(), import('@aws-sdk/client-sns')]);
    await sns.send(
      new PublishCommand({ TopicArn: topicArn, Subject: subjectOf(subject), Message: bodyOf(body) }),
    );
  };
}

let shared: Promise<SNSClient> | undefined;

/** `createNotifier` with one client per process, made when first needed. */
export const notify: Notify = createNotifier(() => (shared ??= connect()));

async function connect(): Promise<SNSClient> {
  const { SNSClient } = await import('@aws-sdk/client-sns');
  return new SNSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
}

/** Letters lose their accents, dashes and quotes become ASCII's, anything else a question mark. */
export function subjectOf(text: string): string {
  const ascii = text
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .replaceAll(/[‐-―]/g, '-')
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[“”„]/g, '"')
    .replaceAll(/…/g, '...')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(/[^ -~]/gu, '?')
    .trim();
  if (ascii === '') return '(no subject)';
  return ascii.length <= SUBJECT_LENGTH ? ascii : `${ascii.slice(0, SUBJECT_LENGTH - 3)}...`;
}

/** SNS refuses an empty message, and one that is too long. */
export function bodyOf(text: string): string {
  if (text === '') return '(no text)';
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= BODY_BYTES) return text;
  // A character cut in two would become a replacement character; it is dropped instead.
  const start = bytes
    .subarray(0, BODY_BYTES)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  return `${start}\n\n[cut: the whole text has ${bytes.length} bytes]`;
}
