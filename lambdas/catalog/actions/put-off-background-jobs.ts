import { moment } from '../../domain/words.ts';
import type { Message, SQS } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { arnOf } from '../../platform/iam.ts';
import { readRunnerQueue, runnerQueuePermissions } from '../probes/runner-queue.ts';
import { runnerJobs } from '../../domain/lock-names.ts';
import type { ActionDefinition } from './definition.ts';
import { impactOn } from './impact.ts';

const Params = z.strictObject({ queue: z.string().min(1), until: z.iso.datetime() });

/** SQS hides a message for at most 12 hours. */
const MOST_SECONDS = 12 * 3_600;
/** How long messages are held while others are checked: interactive jobs wait no longer. */
const HOLD_SECONDS = 60;
const BATCH = 10;
const MOST_BATCHES = 100;

/**
 * Section 9's "schedule background jobs in off-peak hours": hides background jobs in the queue until
 * then, and releases the others at once.
 */
export const putOffBackgroundJobs: ActionDefinition = {
  name: 'put-off-background-jobs',
  params: Params,
  example: { queue: 'runner-jobs', until: '2026-11-23T20:00:00.000Z' },
  changes: true,
  closedPeriod: { allowed: 'It changes when jobs run, and no figure of any period.' },
  permissions: (settings) => [
    {
      actions: ['sqs:GetQueueUrl', 'sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'],
      resources: [arnOf(settings, 'sqs', settings.estate.runners.queue)],
    },
  ],
  readPermissions: runnerQueuePermissions,
  repeat: 'A job that was put off is not received again before its time: repeated, it puts off the rest.',
  undo: { irreversible: 'Jobs that were put off come back by themselves, at the time that was set.' },
  locks: ({ queue = '' }) => ({ writes: [runnerJobs(queue)], reads: [] }),
  // Only a receiver sees which are background jobs: at most all.
  async impact(_params, { settings }, tools) {
    return impactOn((await readRunnerQueue(await tools.sqs(), settings)).value.waiting);
  },
  describe: ({ queue, until = '' }) =>
    `put off the background jobs in ${queue} until ${until === '' ? '' : moment(until)}`,
  async start(params, { now }, tools) {
    const { queue, until } = Params.parse(params);
    const seconds = Math.round((Date.parse(until) - now.getTime()) / 1_000);
    if (seconds <= 0 || seconds > MOST_SECONDS) {
      throw new RangeError(
        `jobs in ${queue} can't be put off until ${until}: that is in ${seconds} s; wanted 1 to ${MOST_SECONDS} s. Choose another time`,
      );
    }
    const sqs = await tools.sqs();
    const { QueueUrl = '' } = await sqs.getQueueUrl({ QueueName: queue });
    const others: Message[] = [];
    let putOff = 0;
    for (let batch = 0; batch < MOST_BATCHES; batch++) {
      const messages = await receive(sqs, QueueUrl);
      if (messages.length === 0) break;
      const background = messages.filter(isBackground);
      await hide(sqs, QueueUrl, background, seconds);
      putOff += background.length;
      others.push(...messages.filter((message) => !isBackground(message)));
    }
    await hide(sqs, QueueUrl, others, 0);
    return { queue, putOff: String(putOff), kept: String(others.length) };
  },
  reconcile: async () => ({ state: 'absent' }),
  progress: async ({ putOff = '', kept = '' }) => ({
    state: 'succeeded',
    summary: `${putOff} background jobs put off, ${kept} others kept`,
  }),
};

async function receive(sqs: SQS, QueueUrl: string): Promise<Message[]> {
  const { Messages = [] } = await sqs.receiveMessage({
    QueueUrl,
    MaxNumberOfMessages: BATCH,
    VisibilityTimeout: HOLD_SECONDS,
    MessageAttributeNames: ['kind'],
  });
  return Messages;
}

async function hide(sqs: SQS, QueueUrl: string, messages: readonly Message[], seconds: number) {
  for (let from = 0; from < messages.length; from += BATCH) {
    await Promise.all(
      messages
        .slice(from, from + BATCH)
        .map(({ ReceiptHandle }) =>
          sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout: seconds }),
        ),
    );
  }
}

const isBackground = ({ MessageAttributes }: Message): boolean =>
  MessageAttributes?.['kind']?.StringValue === 'background';
