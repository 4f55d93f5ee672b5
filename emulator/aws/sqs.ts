import { randomUUID } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { Clock } from '../kernel/clock.ts';
import { ACCOUNT } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { parsePolicy } from './iam-policy.ts';
import { keptAttributes } from './sqs-message.ts';
import type { StoredMessage } from './sqs-message.ts';
import { MessageMoves } from './sqs-moves.ts';
import { md5, MOST_BYTES, queueOf } from './sqs-queue.ts';
import type { Queue, QueueSettings } from './sqs-queue.ts';
import { requireSender } from './sqs-sender.ts';
import { QueueWatchers } from './sqs-watchers.ts';

/** Standard queues: at least once, with visibility time-outs and dead-letter queues on the emulator's clock. */
export class Sqs {
  readonly queues: Collection<Queue>;
  /** Redrives of dead letters. */
  readonly moves: MessageMoves;
  private readonly messages: Collection<StoredMessage>;
  private readonly clock: Clock;
  private readonly endpoint: () => string;
  private readonly watchers: QueueWatchers;

  /** @param needs.endpoint the emulator's URL, with which queues' URLs begin */
  constructor(needs: { store: Pick<Store, 'collection'>; clock: Clock; endpoint: () => string }) {
    this.clock = needs.clock;
    this.watchers = new QueueWatchers(needs.clock);
    this.endpoint = needs.endpoint;
    this.queues = needs.store.collection<Queue>('sqs.queue');
    this.messages = needs.store.collection<StoredMessage>('sqs.message');
    this.moves = new MessageMoves({ ...needs, sqs: this });
  }

  /** Creates the queue, or changes its settings. */
  async createQueue(settings: QueueSettings): Promise<{ arn: string; url: string }> {
    const queue = queueOf(settings, this.clock.now());
    if (queue.policy !== undefined) parsePolicy(`of queue ${queue.name}`, queue.policy);
    const existing = this.queues.get(queue.arn);
    await this.queues.put(queue.arn, { ...queue, createdAt: existing?.createdAt ?? queue.createdAt });
    return { arn: queue.arn, url: this.urlOf(queue) };
  }

  /** With all its messages; a missing queue is no error. */
  async deleteQueue(queueArn: string): Promise<void> {
    const messages = this.messages.all().filter((message) => message.queueArn === queueArn);
    await Promise.all(messages.map(({ id }) => this.messages.delete(id)));
    await this.queues.delete(queueArn);
  }

  urlOf(queue: Queue): string {
    return `${this.endpoint()}/${ACCOUNT}/${queue.name}`;
  }

  /** @throws AwsError `QueueDoesNotExist` */
  queue(queueArn: string): Queue {
    const queue = this.queues.get(queueArn);
    if (!queue) throw new AwsError('QueueDoesNotExist', `The specified queue does not exist: ${queueArn}`);
    return queue;
  }

  async send(
    queueArn: string,
    body: string,
    attributes: Readonly<Record<string, MessageAttributeValue>> = {},
    delaySeconds = 0,
  ): Promise<{ messageId: string; md5: string }> {
    this.queue(queueArn);
    const bytes = Buffer.byteLength(body);
    if (bytes === 0 || bytes > MOST_BYTES)
      throw new AwsError(
        'InvalidMessageContents',
        `The message has ${bytes} bytes; wanted: 1 to ${MOST_BYTES}.`,
      );
    const now = this.clock.now().getTime();
    const id = randomUUID();
    const visibleAt = now + delaySeconds * 1000;
    await this.messages.put(id, {
      id,
      queueArn,
      body,
      attributes: keptAttributes(attributes),
      sentAt: now,
      visibleAt,
      receiveCount: 0,
    });
    this.watchers.announce(queueArn, visibleAt);
    return { messageId: id, md5: md5(body) };
  }

  /**
   * Sends in the name of an AWS service, which only the queue's policy can allow. @param sourceArn
   * the resource for which it sends, e.g. the topic
   */
  async sendFrom(service: string, sourceArn: string, queueArn: string, body: string): Promise<void> {
    requireSender(this.queue(queueArn), service, sourceArn);
    await this.send(queueArn, body);
  }

  /**
   * Takes up to `most` messages and hides them; messages that were received too often go to the
   * dead-letter queue.
   * @param visibilitySeconds the queue's own by default
   */
  async receive(queueArn: string, most = 1, visibilitySeconds?: number): Promise<StoredMessage[]> {
    const queue = this.queue(queueArn);
    const now = this.clock.now().getTime();
    const taken: StoredMessage[] = [];
    const writes: Promise<void>[] = [];
    for (const message of this.live(queueArn)) {
      if (taken.length === most) break;
      if (message.visibleAt > now) continue;
      if (queue.redrive && message.receiveCount >= queue.redrive.maxReceiveCount) {
        writes.push(this.moveTo(queue.redrive.deadLetterArn, message, now));
        continue;
      }
      const received: StoredMessage = {
        ...message,
        visibleAt: now + (visibilitySeconds ?? queue.visibilitySeconds) * 1000,
        receiveCount: message.receiveCount + 1,
        firstReceivedAt: message.firstReceivedAt ?? now,
        receiptHandle: `${message.id}#${randomUUID()}`,
      };
      // Immediately in memory, so that nobody else takes it while it is written.
      writes.push(this.messages.put(message.id, received));
      this.watchers.announce(queueArn, received.visibleAt);
      taken.push(received);
    }
    await Promise.all(writes);
    return taken;
  }

  /** Receives and deletes in one step, like a consumer that never fails. @returns the number of messages */
  async take(queueArn: string, most: number): Promise<number> {
    const taken = this.visible(queueArn).slice(0, most);
    await Promise.all(taken.map(({ id }) => this.messages.delete(id)));
    return taken.length;
  }

  /** Puts a message into the queue's dead-letter queue, as if it had been received too often. */
  async deadLetter(
    queueArn: string,
    body: string,
    attributes: Readonly<Record<string, MessageAttributeValue>> = {},
  ): Promise<{ messageId: string }> {
    const { redrive, name } = this.queue(queueArn);
    if (!redrive)
      throw new Error(`queue ${name} has no dead-letter queue; wanted: one with a redrive policy`);
    const { messageId } = await this.send(redrive.deadLetterArn, body, attributes);
    const sent = this.messages.get(messageId);
    if (sent) await this.messages.put(messageId, { ...sent, deadLetterSourceArn: queueArn });
    return { messageId };
  }

  /** The queues whose dead letters go to this one. */
  sourcesOf(deadLetterArn: string): Queue[] {
    return this.queues.all().filter(({ redrive }) => redrive?.deadLetterArn === deadLetterArn);
  }

  /** Moves a message as a redrive does: it is a new message in the other queue. @throws AwsError
   * `QueueDoesNotExist` */
  async redrive({ id, body, attributes }: StoredMessage, queueArn: string): Promise<void> {
    this.queue(queueArn);
    const now = this.clock.now().getTime();
    const moved = {
      id: randomUUID(),
      queueArn,
      body,
      attributes,
      sentAt: now,
      visibleAt: now,
      receiveCount: 0,
    };
    await Promise.all([this.messages.put(moved.id, moved), this.messages.delete(id)]);
    this.watchers.announce(queueArn, now);
  }

  /** Oldest first. */
  visible(queueArn: string): StoredMessage[] {
    const now = this.clock.now().getTime();
    return this.live(queueArn).filter(({ visibleAt }) => visibleAt <= now);
  }

  /** A stale handle deletes nothing and is no error, as in SQS. */
  async deleteMessage(queueArn: string, receiptHandle: string): Promise<void> {
    const message = this.heldBy(queueArn, receiptHandle);
    if (message) await this.messages.delete(message.id);
  }

  async changeVisibility(queueArn: string, receiptHandle: string, seconds: number): Promise<void> {
    const message = this.heldBy(queueArn, receiptHandle);
    const now = this.clock.now().getTime();
    if (!message || message.visibleAt <= now)
      throw new AwsError('MessageNotInflight', 'The message is not in flight any more.');
    const visibleAt = now + seconds * 1000;
    await this.messages.put(message.id, { ...message, visibleAt });
    this.watchers.announce(queueArn, visibleAt);
  }

  async purge(queueArn: string): Promise<void> {
    this.queue(queueArn);
    for (const { id } of this.live(queueArn)) await this.messages.delete(id);
  }

  counts(queueArn: string): { visible: number; inFlight: number; delayed: number; oldestSeconds: number } {
    const now = this.clock.now().getTime();
    const live = this.live(queueArn);
    const hidden = live.filter(({ visibleAt }) => visibleAt > now);
    const delayed = hidden.filter(({ receiveCount }) => receiveCount === 0).length;
    const oldest = Math.min(now, ...live.map(({ sentAt }) => sentAt));
    return {
      visible: live.length - hidden.length,
      inFlight: hidden.length - delayed,
      delayed,
      oldestSeconds: Math.floor((now - oldest) / 1000),
    };
  }

  /** The messages of a queue without touching them, for people and tests. */
  peek(queueArn: string): StoredMessage[] {
    return this.live(queueArn);
  }

  /**
   * Calls `listener` whenever a message may have become visible: sent, or its visibility time-out
   * over; also soon after watching begins if there is one. Then call `receive`.
   * @returns ends the watching
   */
  watch(queueArn: string, listener: () => void): () => void {
    const unwatch = this.watchers.add(queueArn, listener);
    for (const { visibleAt } of this.live(queueArn)) this.watchers.announce(queueArn, visibleAt);
    return unwatch;
  }

  /** Messages within the queue's retention; expired ones are deleted. */
  private live(queueArn: string): StoredMessage[] {
    const queue = this.queue(queueArn);
    const oldest = this.clock.now().getTime() - queue.retentionSeconds * 1000;
    return this.messages.all().filter((message) => {
      if (message.queueArn !== queueArn) return false;
      if (message.sentAt >= oldest) return true;
      this.clock.spawn('sqs retention', () => this.messages.delete(message.id));
      return false;
    });
  }

  private heldBy(queueArn: string, receiptHandle: string): StoredMessage | undefined {
    this.queue(queueArn);
    const [id = ''] = receiptHandle.split('#');
    if (!receiptHandle.includes('#'))
      throw new AwsError(
        'ReceiptHandleIsInvalid',
        `The receipt handle ${JSON.stringify(receiptHandle)} is not one of SQS.`,
      );
    const message = this.messages.get(id);
    return message?.queueArn === queueArn && message.receiptHandle === receiptHandle ? message : undefined;
  }

  private async moveTo(deadLetterArn: string, message: StoredMessage, now: number): Promise<void> {
    this.queue(deadLetterArn);
    const { id, body, attributes, sentAt, queueArn: deadLetterSourceArn } = message;
    await this.messages.put(id, {
      id,
      body,
      attributes,
      sentAt,
      queueArn: deadLetterArn,
      visibleAt: now,
      receiveCount: 0,
      deadLetterSourceArn,
    });
    this.watchers.announce(deadLetterArn, now);
  }
}
