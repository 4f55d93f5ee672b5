import type { Message } from '@aws-sdk/client-sqs';
import type { Sqs } from './sqs.ts';
import { shown } from './sqs-receive.ts';

/** What an event source mapping needs of a queue, with messages as the SDK shows them. */
export interface QueueSource {
  receive(queueArn: string, most: number): Promise<Message[]>;
  deleteMessage(queueArn: string, receiptHandle: string): Promise<void>;
  /** @returns ends the watching */
  watch(queueArn: string, listener: () => void): () => void;
}

const EVERYTHING = { MessageSystemAttributeNames: ['All' as const], MessageAttributeNames: ['All'] };

export const queueSource = (sqs: Sqs): QueueSource => ({
  receive: async (queueArn, most) =>
    (await sqs.receive(queueArn, most)).map((message) => shown(message, EVERYTHING)),
  deleteMessage: (queueArn, receiptHandle) => sqs.deleteMessage(queueArn, receiptHandle),
  watch: (queueArn, listener) => sqs.watch(queueArn, listener),
});
