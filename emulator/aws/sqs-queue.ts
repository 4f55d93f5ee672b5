import { createHash } from 'node:crypto';
import { arn } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  readonly delaySeconds: number;
  readonly waitSeconds: number;
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** JSON. */
  readonly policy?: string;
  readonly kmsKeyId?: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What a queue is made of; left out, a value is SQS's own default. */
export interface QueueSettings {
  readonly name: string;
  readonly policy?: unknown;
  readonly redrive?: { deadLetterArn: string; maxReceiveCount: number };
  readonly kmsKeyId?: string;
  readonly visibilityTimeout?: number;
  readonly retentionSeconds?: number;
  readonly delaySeconds?: number;
  readonly waitSeconds?: number;
}

/** Four days. */
const RETENTION_SECONDS = 345_600;

export function queueOf(settings: QueueSettings, now: Date): Queue {
  const { name, policy, redrive, kmsKeyId } = settings;
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(name))
    throw new AwsError(
      'InvalidAttributeValue',
      `The queue name is ${JSON.stringify(name)}; wanted: 1 to 80 of A-Z a-z 0-9 _ - (FIFO queues are not emulated).`,
    );
  return {
    name,
    arn: arn('sqs', name),
    visibilitySeconds: settings.visibilityTimeout ?? 30,
    retentionSeconds: settings.retentionSeconds ?? RETENTION_SECONDS,
    delaySeconds: settings.delaySeconds ?? 0,
    waitSeconds: settings.waitSeconds ?? 0,
    ...(redrive && { redrive }),
    ...(policy !== undefined && { policy: typeof policy === 'string' ? policy : JSON.stringify(policy) }),
    ...(kmsKeyId && { kmsKeyId }),
    createdAt: now.toISOString(),
  };
}

const EMULATED = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'Policy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
];

/** The attributes of CreateQueue. @throws AwsError for those that are not emulated */
export function settingsOf(name: string, attributes: Readonly<Record<string, string>>): QueueSettings {
  const unknown = Object.keys(attributes).find((key) => !EMULATED.includes(key));
  if (unknown !== undefined)
    throw new AwsError(
      'InvalidAttributeName',
      `The sandbox does not emulate the attribute ${unknown} of queue ${name}; it emulates ${EMULATED.join(', ')}.`,
    );
  const number = (key: string): number | undefined =>
    attributes[key] === undefined ? undefined : seconds(key, attributes[key]);
  const visibilityTimeout = number('VisibilityTimeout');
  const retentionSeconds = number('MessageRetentionPeriod');
  const delaySeconds = number('DelaySeconds');
  const waitSeconds = number('ReceiveMessageWaitTimeSeconds');
  const { RedrivePolicy, Policy, KmsMasterKeyId } = attributes;
  return {
    name,
    ...(visibilityTimeout !== undefined && { visibilityTimeout }),
    ...(retentionSeconds !== undefined && { retentionSeconds }),
    ...(delaySeconds !== undefined && { delaySeconds }),
    ...(waitSeconds !== undefined && { waitSeconds }),
    ...(RedrivePolicy && { redrive: redriveOf(RedrivePolicy) }),
    ...(Policy && { policy: Policy }),
    ...(KmsMasterKeyId && { kmsKeyId: KmsMasterKeyId }),
  };
}

/** The attributes as GetQueueAttributes shows them, without the counts. */
export function attributesOf(queue: Queue): Record<string, string> {
  const created = String(Math.floor(Date.parse(queue.createdAt) / 1000));
  const { redrive } = queue;
  return {
    QueueArn: queue.arn,
    CreatedTimestamp: created,
    LastModifiedTimestamp: created,
    VisibilityTimeout: String(queue.visibilitySeconds),
    MaximumMessageSize: String(MOST_BYTES),
    MessageRetentionPeriod: String(queue.retentionSeconds),
    DelaySeconds: String(queue.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(queue.waitSeconds),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: redrive.deadLetterArn,
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
    ...(queue.policy && { Policy: queue.policy }),
    ...(queue.kmsKeyId && { KmsMasterKeyId: queue.kmsKeyId }),
  };
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** A queue is found by the last part of its URL, whatever the host. */
export const queueArnOf = (url: string | undefined): string =>
  arn('sqs', (url ?? '').split('/').at(-1) ?? '');

/** 1 MiB, for a message and for a batch. */
export const MOST_BYTES = 1_048_576;

function seconds(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new AwsError(
    'InvalidAttributeValue',
    `${name} is ${JSON.stringify(text)}; wanted: seconds, a whole number.`,
  );
}

function redriveOf(text: string): { deadLetterArn: string; maxReceiveCount: number } {
  let policy: { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown } = {};
  try {
    policy = JSON.parse(text) as typeof policy;
  } catch {
    // Falls through to the error below, which shows the text.
  }
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== 'string' || !Number.isInteger(count) || count < 1)
    throw new AwsError(
      'InvalidAttributeValue',
      `RedrivePolicy is ${text}; wanted: {"deadLetterTargetArn": "arn:…", "maxReceiveCount": 1 or more}.`,
    );
  return { deadLetterArn: deadLetterTargetArn, maxReceiveCount: count };
}
