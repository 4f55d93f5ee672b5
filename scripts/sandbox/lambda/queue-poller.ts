import type { Message } from '@aws-sdk/client-sqs';
import type { Clock } from '../kernel/clock.ts';
import { REGION } from '../kernel/places.ts';
import type { Functions } from './functions.ts';
import type { Outcome, Runtime } from './runtime.ts';
import { SandboxStopping } from './worker-pool.ts';

/** What an event source mapping needs of SQS. */
export interface QueueSource {
  receive(queueArn: string, max: number): Promise<Message[]> | Message[];
  deleteMessage(queueArn: string, receiptHandle: string): unknown;
  /** Calls back when a message may be visible; without it the queue is looked at every 20 s only. */
  watch?(queueArn: string, onMessage: () => void): void;
}

export interface MappingSpec {
  readonly queueArn: string;
  readonly functionArn: string;
  readonly batchSize?: number;
  readonly reportBatchItemFailures?: boolean;
}

/** Like Lambda's long poll. */
const POLL_MS = 20_000;

/** Feeds a function from a queue: what it handled is deleted, the rest becomes visible again and comes back. */
export class QueuePoller {
  private readonly spec: MappingSpec;
  private readonly source: QueueSource;
  private readonly clock: Clock;
  private readonly functions: Functions;
  private readonly runtime: Runtime;
  private polling = false;
  private again = false;

  constructor(
    spec: MappingSpec,
    deps: { source: QueueSource; clock: Clock; functions: Functions; runtime: Runtime },
  ) {
    this.spec = spec;
    this.source = deps.source;
    this.clock = deps.clock;
    this.functions = deps.functions;
    this.runtime = deps.runtime;
  }

  start(): void {
    this.source.watch?.(this.spec.queueArn, () => this.clock.spawn('queue poll', () => this.poll()));
    this.schedule();
  }

  private schedule(): void {
    const { queueArn, functionArn } = this.spec;
    const due = new Date(this.clock.now().getTime() + POLL_MS);
    this.clock.at(`lambda:poll:${queueArn}:${functionArn}`, due, async () => {
      this.schedule();
      await this.poll();
    });
  }

  private async poll(): Promise<void> {
    this.again = true;
    if (this.polling) return;
    this.polling = true;
    try {
      while (this.again) {
        this.again = false;
        const messages = await this.source.receive(this.spec.queueArn, this.spec.batchSize ?? 10);
        if (messages.length === 0) continue;
        this.again = true;
        await this.handle(messages);
      }
    } catch (error) {
      if (!(error instanceof SandboxStopping)) throw error;
    } finally {
      this.polling = false;
    }
  }

  private async handle(messages: readonly Message[]): Promise<void> {
    const { fn, invokedArn } = this.functions.resolve(this.spec.functionArn);
    const event = JSON.stringify({ Records: messages.map((message) => this.record(message)) });
    const outcome = await this.runtime.run({ fn, invokedArn, event });
    const failed = this.failedIds(outcome, messages);
    for (const { MessageId, ReceiptHandle } of messages)
      if (!failed.has(MessageId ?? '') && ReceiptHandle !== undefined)
        await this.source.deleteMessage(this.spec.queueArn, ReceiptHandle);
  }

  private record(message: Message): unknown {
    return {
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
          name,
          { stringValue: value.StringValue, dataType: value.DataType },
        ]),
      ),
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: this.spec.queueArn,
      awsRegion: REGION,
    };
  }

  /** As in Lambda, an answer that names an unknown message, or isn't understood, fails the whole batch. */
  private failedIds(outcome: Outcome, messages: readonly Message[]): Set<string> {
    const all = new Set(messages.map(({ MessageId }) => MessageId ?? ''));
    if (outcome.failure) return all;
    if (!this.spec.reportBatchItemFailures) return new Set();
    const answer = JSON.parse(outcome.payload) as {
      batchItemFailures?: { itemIdentifier?: unknown }[];
    } | null;
    const failures = answer?.batchItemFailures;
    if (failures === undefined || failures === null) return new Set();
    if (!Array.isArray(failures)) return all;
    const ids = failures.map((failure) => failure.itemIdentifier);
    const known = ids.filter((id): id is string => typeof id === 'string' && all.has(id));
    return known.length === ids.length ? new Set(known) : all;
  }
}
