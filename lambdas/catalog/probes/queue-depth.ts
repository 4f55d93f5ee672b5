import type { SQS } from '@aws-sdk/client-sqs';
import { evidenceOf, type Evidence } from '../../domain/evidence.ts';

/** A queue's messages, approximate for up to a minute. A missing figure is NaN, not zero: no schema takes it. */
export interface QueueDepth {
  readonly waiting: number;
  readonly inFlight: number;
  /** Not before a later moment. */
  readonly delayed: number;
}

/** @throws when there is no such queue: unknown is not empty */
export async function queueDepth(sqs: SQS, name: string): Promise<{ depth: QueueDepth; evidence: Evidence }> {
  const { QueueUrl } = await sqs.getQueueUrl({ QueueName: name });
  const AttributeNames = [
    'ApproximateNumberOfMessages' as const,
    'ApproximateNumberOfMessagesNotVisible' as const,
    'ApproximateNumberOfMessagesDelayed' as const,
  ];
  const parameters = { QueueUrl, AttributeNames };
  const { Attributes = {} } = await sqs.getQueueAttributes(parameters);
  const [waiting = NaN, inFlight = NaN, delayed = NaN] = AttributeNames.map((one) => Number(Attributes[one]));
  const evidence = evidenceOf('sqs:GetQueueAttributes', parameters, [Attributes]);
  return { depth: { waiting, inFlight, delayed }, evidence };
}
