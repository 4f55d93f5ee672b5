import { createHash } from 'node:crypto';
import { arn } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** JSON. */
  readonly policy?: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** A queue's settings; a missing one has SQS's default. */
export interface QueueSettings {
  readonly name: string;
  readonly policy?: unknown;
  readonly redrive?: { deadLetterArn: string; maxReceiveCount: number };
  readonly visibilityTimeout?: number;
  readonly retentionSeconds?: number;
}

/** Four days. */
const RETENTION_SECONDS = 345_600;

export function queueOf(settings: QueueSettings, now: Date): Queue {
  const { name, policy, redrive } = settings;
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
    ...(redrive && { redrive }),
    ...(policy !== undefined && { policy: typeof policy === 'string' ? policy : JSON.stringify(policy) }),
    createdAt: now.toISOString(),
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
    DelaySeconds: '0',
    ReceiveMessageWaitTimeSeconds: '0',
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: redrive.deadLetterArn,
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
    ...(queue.policy && { Policy: queue.policy }),
  };
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** A queue is found by the last part of its URL; the host does not matter. */
export const queueArnOf = (url: string | undefined): string =>
  arn('sqs', (url ?? '').split('/').at(-1) ?? '');

/** 1 MiB, for a message and for a batch. */
export const MOST_BYTES = 1_048_576;
