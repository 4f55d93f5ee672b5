import type {
  ChangeMessageVisibilityCommandInput,
  CreateQueueCommandInput,
  DeleteMessageBatchCommandInput,
  DeleteMessageCommandInput,
  GetQueueAttributesCommandInput,
  GetQueueUrlCommandInput,
  ListQueuesCommandInput,
  PurgeQueueCommandInput,
  SendMessageBatchCommandInput,
  SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import type { Sqs } from './sqs.ts';
import { moveOperations } from './sqs-move-operations.ts';
import { attributesOf, queueArnOf, settingsOf } from './sqs-queue.ts';
import { receiveMessage } from './sqs-receive.ts';

const MOST_ENTRIES = 10;

const byUrl = ({ QueueUrl }: { QueueUrl?: string | undefined }): string => queueArnOf(QueueUrl);

export function sqsOperations(sqs: Sqs): Record<string, Operation> {
  return {
    CreateQueue: operation({
      action: 'sqs:CreateQueue',
      resource: ({ QueueName }: CreateQueueCommandInput) => queueArnOf(QueueName),
      handle: async ({ QueueName = '', Attributes = {} }: CreateQueueCommandInput) => ({
        QueueUrl: (await sqs.createQueue(settingsOf(QueueName, Attributes))).url,
      }),
    }),
    GetQueueUrl: operation({
      action: 'sqs:GetQueueUrl',
      resource: ({ QueueName }: GetQueueUrlCommandInput) => queueArnOf(QueueName),
      handle: ({ QueueName }: GetQueueUrlCommandInput) => ({
        QueueUrl: sqs.urlOf(sqs.queue(queueArnOf(QueueName))),
      }),
    }),
    ListQueues: operation({
      action: 'sqs:ListQueues',
      resource: () => '*',
      handle: (input: ListQueuesCommandInput) => {
        const urls = sqs.queues
          .all()
          .filter(({ name }) => name.startsWith(input.QueueNamePrefix ?? ''))
          .map((queue) => sqs.urlOf(queue));
        const from = Number(input.NextToken ?? 0);
        const to = from + (input.MaxResults ?? 1000);
        return { QueueUrls: urls.slice(from, to), ...(to < urls.length && { NextToken: String(to) }) };
      },
    }),
    GetQueueAttributes: operation({
      action: 'sqs:GetQueueAttributes',
      resource: byUrl,
      handle: (input: GetQueueAttributesCommandInput) => {
        const queue = sqs.queue(byUrl(input));
        const { visible, inFlight, delayed } = sqs.counts(queue.arn);
        const all = {
          ...attributesOf(queue),
          ApproximateNumberOfMessages: String(visible),
          ApproximateNumberOfMessagesNotVisible: String(inFlight),
          ApproximateNumberOfMessagesDelayed: String(delayed),
        };
        const wanted: readonly string[] = input.AttributeNames ?? [];
        const chosen = Object.entries(all).filter(
          ([name]) => wanted.includes('All') || wanted.includes(name),
        );
        return { Attributes: Object.fromEntries(chosen) };
      },
    }),
    SendMessage: operation({
      action: 'sqs:SendMessage',
      resource: byUrl,
      handle: async (input: SendMessageCommandInput) => {
        refuseOptions('SendMessage', input, ['QueueUrl', 'MessageBody', 'DelaySeconds', 'MessageAttributes']);
        const { MessageBody = '', MessageAttributes, DelaySeconds } = input;
        const sent = await sqs.send(byUrl(input), MessageBody, MessageAttributes, DelaySeconds);
        return { MessageId: sent.messageId, MD5OfMessageBody: sent.md5 };
      },
    }),
    SendMessageBatch: operation({
      action: 'sqs:SendMessage',
      resource: byUrl,
      handle: (input: SendMessageBatchCommandInput) =>
        inBatch(input.Entries, async (entry) => {
          refuseOptions('SendMessageBatch', entry, [
            'Id',
            'MessageBody',
            'DelaySeconds',
            'MessageAttributes',
          ]);
          const { MessageBody = '', MessageAttributes, DelaySeconds } = entry;
          const sent = await sqs.send(byUrl(input), MessageBody, MessageAttributes, DelaySeconds);
          return { MessageId: sent.messageId, MD5OfMessageBody: sent.md5 };
        }),
    }),
    ReceiveMessage: receiveMessage(sqs),
    DeleteMessage: operation({
      action: 'sqs:DeleteMessage',
      resource: byUrl,
      handle: async (input: DeleteMessageCommandInput) => {
        await sqs.deleteMessage(byUrl(input), input.ReceiptHandle ?? '');
        return {};
      },
    }),
    DeleteMessageBatch: operation({
      action: 'sqs:DeleteMessage',
      resource: byUrl,
      handle: (input: DeleteMessageBatchCommandInput) =>
        inBatch(input.Entries, async ({ ReceiptHandle }) => {
          await sqs.deleteMessage(byUrl(input), ReceiptHandle ?? '');
          return {};
        }),
    }),
    ChangeMessageVisibility: operation({
      action: 'sqs:ChangeMessageVisibility',
      resource: byUrl,
      handle: async (input: ChangeMessageVisibilityCommandInput) => {
        await sqs.changeVisibility(byUrl(input), input.ReceiptHandle ?? '', input.VisibilityTimeout ?? 0);
        return {};
      },
    }),
    ...moveOperations(sqs),
    PurgeQueue: operation({
      action: 'sqs:PurgeQueue',
      resource: byUrl,
      handle: async (input: PurgeQueueCommandInput) => {
        await sqs.purge(byUrl(input));
        return {};
      },
    }),
  };
}

/** One bad entry does not spoil the others. */
async function inBatch<E extends { Id: string | undefined }>(
  entries: readonly E[] | undefined,
  handle: (entry: E) => Promise<object>,
): Promise<object> {
  const given = entries ?? [];
  if (given.length === 0) throw new AwsError('EmptyBatchRequest', 'The batch request has no entries.');
  if (given.length > MOST_ENTRIES)
    throw new AwsError('TooManyEntriesInBatchRequest', `${given.length} entries; at most ${MOST_ENTRIES}.`);
  if (new Set(given.map(({ Id }) => Id)).size < given.length)
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two entries have the same Id.');
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of given) {
    try {
      Successful.push({ Id: entry.Id, ...(await handle(entry)) });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code === 'QueueDoesNotExist') throw error;
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}
