import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { lambdaEvent, queueBody } from './sns-envelope.ts';
import type { FilterPolicy } from './sns-filter.ts';
import type { SnsMessage } from './sns-envelope.ts';

export type Protocol = 'lambda' | 'sqs' | 'email' | 'email-json' | 'sms' | 'https';

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: Protocol;
  readonly endpoint: string;
  readonly confirmed: boolean;
  /** The queue for messages that cannot be delivered. */
  readonly deadLetterArn?: string;
  /** On the message's body; other messages are not delivered. */
  readonly filter?: FilterPolicy;
}

/** A message that no attempt could deliver. */
export interface Undelivered {
  readonly subscriptionArn: string;
  readonly endpoint: string;
  readonly messageId: string;
  readonly error: string;
  readonly at: string;
  readonly deadLetterArn?: string;
}

/** The targets of messages. Both reject when the target refuses. */
export interface SnsTargets {
  invokeLambda(functionArn: string, event: Record<string, unknown>): Promise<unknown>;
  /** @param topicArn on whose behalf, for the queue's policy */
  sendSqs(queueArn: string, body: string, topicArn: string): Promise<unknown>;
}

/**
 * Pauses before each further attempt. SNS begins like this for Lambda and SQS (three at once, two
 * a second apart), and then continues for 23 days; here it ends.
 */
const PAUSES_MS = [0, 0, 0, 1000, 1000, 20_000, 20_000];

/** Errors that another attempt cannot fix: the endpoint does not exist, or refuses SNS. */
const HOPELESS = /NotFound|NonExistent|DoesNotExist|AccessDenied|NotAuthorized/;

/** Delivers messages to functions and queues, in the background, with retries and dead letters. */
export class SnsDelivery {
  private readonly clock: Clock;
  private readonly targets: SnsTargets;
  private readonly undelivered: Collection<Undelivered>;

  constructor(needs: { clock: Clock; targets: SnsTargets; store: Pick<Store, 'collection'> }) {
    this.clock = needs.clock;
    this.targets = needs.targets;
    this.undelivered = needs.store.collection<Undelivered>('sns.undelivered');
  }

  send(subscription: Subscription, message: SnsMessage): void {
    this.clock.spawn(`delivery to ${subscription.endpoint}`, () => this.attempt(subscription, message, 0));
  }

  private async attempt(subscription: Subscription, message: SnsMessage, tried: number): Promise<void> {
    try {
      await this.deliver(subscription, message);
    } catch (error) {
      const pause = error instanceof AwsError && HOPELESS.test(error.code) ? undefined : PAUSES_MS[tried];
      if (pause === undefined) return this.giveUp(subscription, message, error);
      const due = new Date(this.clock.now().getTime() + pause);
      const key = `sns.retry ${subscription.arn} ${message.messageId}`;
      this.clock.at(key, due, () => this.attempt(subscription, message, tried + 1));
    }
  }

  private async deliver(
    { arn, protocol, endpoint, topicArn }: Subscription,
    message: SnsMessage,
  ): Promise<void> {
    if (protocol === 'lambda') await this.targets.invokeLambda(endpoint, lambdaEvent(arn, message));
    if (protocol === 'sqs') await this.targets.sendSqs(endpoint, queueBody(arn, message), topicArn);
  }

  private async giveUp(subscription: Subscription, message: SnsMessage, cause: unknown): Promise<void> {
    const { arn: subscriptionArn, endpoint, deadLetterArn } = subscription;
    const error = cause instanceof Error ? cause.message : String(cause);
    const at = this.clock.now().toISOString();
    await this.undelivered.put(randomUUID(), {
      subscriptionArn,
      endpoint,
      messageId: message.messageId,
      error,
      at,
      ...(deadLetterArn && { deadLetterArn }),
    });
    if (deadLetterArn)
      await this.targets.sendSqs(deadLetterArn, queueBody(subscriptionArn, message), message.topicArn);
  }
}
