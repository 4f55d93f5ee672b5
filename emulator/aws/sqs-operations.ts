import type {
  ChangeMessageVisibilityCommandInput,
  GetQueueAttributesCommandInput,
  GetQueueUrlCommandInput,
} from '@aws-sdk/client-sqs';
import { operation, type ServiceDefinition } from '../kernel/service.ts';
import { moveOperations } from './sqs-move-operations.ts';
import { attributesOf, queueArnOf } from './sqs-queue.ts';
import { receiveMessage } from './sqs-receive.ts';
import type { Sqs } from './sqs.ts';

const byUrl = ({ QueueUrl }: { QueueUrl?: string | undefined }): string => queueArnOf(QueueUrl);

export const sqsDefinition = (sqs: Sqs): ServiceDefinition => ({
  signingName: 'sqs',
  sdk: () => import('@aws-sdk/client-sqs'),
  clientClass: 'SQSClient',
  operations: {
    GetQueueUrl: operation({
      action: 'sqs:GetQueueUrl',
      resource: ({ QueueName }: GetQueueUrlCommandInput) => queueArnOf(QueueName),
      handle: ({ QueueName }: GetQueueUrlCommandInput) => ({
        QueueUrl: sqs.urlOf(sqs.queue(queueArnOf(QueueName))),
      }),
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
    ReceiveMessage: receiveMessage(sqs),
    ChangeMessageVisibility: operation({
      action: 'sqs:ChangeMessageVisibility',
      resource: byUrl,
      handle: async (input: ChangeMessageVisibilityCommandInput) => {
        await sqs.changeVisibility(byUrl(input), input.ReceiptHandle ?? '', input.VisibilityTimeout ?? 0);
        return {};
      },
    }),
    ...moveOperations(sqs),
  },
});
