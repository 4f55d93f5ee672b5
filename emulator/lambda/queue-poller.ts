import { createHash } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { ACCOUNT, REGION } from '../kernel/places.ts';
import type { Functions } from './functions.ts';
import type { Outcome, Runtime } from './runtime.ts';
import { EmulatorStopping } from './worker-pool.ts';

/** A received message; times are milliseconds since 1970. */
export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<
    Record<string, { DataType: string; StringValue?: string; BinaryBase64?: string }>
  >;
  readonly sentAt: number;
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  readonly receiptHandle?: string;
}

/** SQS, as an event source mapping uses it. */
export interface QueueSource {
  receive(queueArn: string, most: number): Promise<QueuedMessage[]>;
  deleteMessage(queueArn: string, receiptHandle: string): unknown;
  /** Calls back when a message may be visible, also for messages that are there already. */
  watch(queueArn: string, onMessage: () => void): unknown;
}

export interface MappingSpec {
  readonly queueArn: string;
  readonly functionArn: string;
  readonly batchSize?: number;
  readonly reportBatchItemFailures?: boolean;
}

/** Invokes a function with a queue's messages: handled ones are deleted, the others become visible again. */
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
    this.source.watch(this.spec.queueArn, () => this.clock.spawn('queue poll', () => this.poll()));
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
      if (!(error instanceof EmulatorStopping)) throw error;
    } finally {
      this.polling = false;
    }
  }

  private async handle(messages: readonly QueuedMessage[]): Promise<void> {
    const { fn, invokedArn } = this.functions.resolve(this.spec.functionArn);
    const event = JSON.stringify({ Records: messages.map((message) => this.record(message)) });
    const outcome = await this.runtime.run({ fn, invokedArn, event });
    const failed = this.failedIds(outcome, messages);
    for (const { id, receiptHandle } of messages)
      if (!failed.has(id) && receiptHandle !== undefined)
        await this.source.deleteMessage(this.spec.queueArn, receiptHandle);
  }

  private record(message: QueuedMessage): unknown {
    return {
      messageId: message.id,
      receiptHandle: message.receiptHandle,
      body: message.body,
      attributes: {
        ApproximateReceiveCount: String(message.receiveCount),
        SentTimestamp: String(message.sentAt),
        SenderId: ACCOUNT,
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
      },
      messageAttributes: Object.fromEntries(
        Object.entries(message.attributes).map(([name, value]) => [
          name,
          { stringValue: value.StringValue, binaryValue: value.BinaryBase64, dataType: value.DataType },
        ]),
      ),
      md5OfBody: createHash('md5').update(message.body).digest('hex'),
      eventSource: 'aws:sqs',
      eventSourceARN: this.spec.queueArn,
      awsRegion: REGION,
    };
  }

  /** As in Lambda, an answer that is malformed or names an unknown message fails the whole batch. */
  private failedIds(outcome: Outcome, messages: readonly QueuedMessage[]): Set<string> {
    const all = new Set(messages.map(({ id }) => id));
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
