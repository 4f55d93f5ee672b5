import { randomUUID } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sns';
import type { Clock } from '../kernel/clock.ts';
import { ACCOUNT, arn, REGION } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { parsePolicy } from './iam-policy.ts';
import { evaluateResourcePolicy } from './iam-resource-policy.ts';
import { SnsDelivery } from './sns-delivery.ts';
import type { Protocol, SnsTargets, Subscription } from './sns-delivery.ts';
import { passes, readFilter } from './sns-filter.ts';
import { snsMessage, type SnsMessage } from './sns-envelope.ts';
import { partsOf, textFor } from './sns-message-structure.ts';
import type { MessageParts } from './sns-message-structure.ts';

export interface Topic {
  readonly arn: string;
  readonly kmsKeyId?: string;
  /** JSON. Without one, every principal of the account may publish, and AWS's services in its name. */
  readonly policy?: string;
}

/**
 * A message kept for people to read; `to` are the confirmed addresses that got it: none means that
 * nobody was notified. `message` is the text of an e-mail; `parts` are all texts of a message that
 * had one per protocol.
 */
export interface KeptMessage {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | null;
  readonly message: string;
  readonly parts?: MessageParts;
  /** Values of its attributes, by name. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly at: string;
  readonly to: readonly string[];
}

/** `sourceArn` is the resource for which a service publishes, e.g. the alarm. */
export type Publisher =
  | {
      readonly service: string;
      readonly sourceArn?: string;
      /** On whose behalf; by default this account's. */
      readonly sourceAccount?: string;
    }
  | { readonly arn: string };

export interface Publication {
  readonly topicArn: string;
  readonly message: string;
  readonly subject?: string;
  /** `json`: the message is an object with a text per protocol, and one for all others under `default`. */
  readonly structure?: string;
  readonly attributes?: Readonly<Record<string, MessageAttributeValue>>;
}

export interface KeyUse {
  mayUse(
    keyArnOrId: string,
    principal: { service?: string; arn?: string },
    actions: readonly string[],
    context: Readonly<Record<string, string>>,
  ): boolean;
}

const MOST_BYTES = 262_144;
const KEPT_MESSAGES = 5_000;
const PROTOCOLS: readonly string[] = ['lambda', 'sqs', 'email', 'email-json', 'sms', 'https'];
/** Protocols of people and their tools: somebody has to confirm, and messages are kept for reading. */
const PEOPLE: readonly string[] = ['email', 'email-json', 'sms', 'https'];
/** The actions that a publisher to an encrypted topic needs on its key. */
const KEY_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'];

const invalid = (what: string): AwsError =>
  new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);

export class Sns {
  readonly topics: Collection<Topic>;
  readonly subscriptions: Collection<Subscription>;
  readonly messages: Collection<KeptMessage>;
  private readonly clock: Clock;
  private readonly kms: KeyUse;
  private readonly delivery: SnsDelivery;

  constructor(needs: { store: Pick<Store, 'collection'>; clock: Clock; kms: KeyUse } & SnsTargets) {
    this.clock = needs.clock;
    this.kms = needs.kms;
    this.topics = needs.store.collection<Topic>('sns.topic');
    this.subscriptions = needs.store.collection<Subscription>('sns.subscription');
    this.messages = needs.store.collection<KeptMessage>('sns.message');
    this.delivery = new SnsDelivery({ clock: needs.clock, targets: needs, store: needs.store });
  }

  /** Creates the topic, or changes its attributes. */
  async createTopic(input: { name: string; kmsKeyId?: string; policy?: unknown }): Promise<Topic> {
    const { name, kmsKeyId, policy } = input;
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(name))
      throw invalid(
        `Topic Name ${JSON.stringify(name)}; wanted: 1 to 256 of A-Z a-z 0-9 _ - (FIFO topics are not emulated)`,
      );
    if (policy !== undefined) parsePolicy(`of topic ${name}`, policy);
    const topic: Topic = {
      arn: arn('sns', name),
      ...(kmsKeyId && { kmsKeyId }),
      ...(policy !== undefined && { policy: typeof policy === 'string' ? policy : JSON.stringify(policy) }),
    };
    await this.topics.put(topic.arn, topic);
    return topic;
  }

  /**
   * @param input.confirmed for addresses of people, who otherwise would have to click on a link: until then they get
   * nothing. Functions and queues of the account are confirmed at once.
   */
  async subscribe(input: {
    topicArn: string;
    protocol: string;
    endpoint: string;
    confirmed?: boolean;
    deadLetterArn?: string;
    filterPolicy?: unknown;
  }): Promise<Subscription> {
    const { topicArn, protocol, endpoint, deadLetterArn } = input;
    this.topic(topicArn);
    if (!PROTOCOLS.includes(protocol))
      throw invalid(`the protocol ${protocol} is not emulated; wanted: one of ${PROTOCOLS.join(', ')}`);
    if (protocol === 'https' && !endpoint.startsWith('https://'))
      throw invalid('Endpoint must match the specified protocol');
    const existing = this.subscriptionsOf(topicArn).find(
      (one) => one.protocol === protocol && one.endpoint === endpoint,
    );
    const subscription: Subscription = {
      arn: existing?.arn ?? `${topicArn}:${randomUUID()}`,
      topicArn,
      protocol: protocol as Protocol,
      endpoint,
      confirmed: input.confirmed ?? existing?.confirmed ?? !PEOPLE.includes(protocol),
      ...(deadLetterArn && { deadLetterArn }),
      ...(input.filterPolicy !== undefined && { filter: readFilter(input.filterPolicy) }),
    };
    await this.subscriptions.put(subscription.arn, subscription);
    return subscription;
  }

  /**
   * Accepts the message and delivers it in the background.
   * @throws AwsError `KMSAccessDeniedException` when the publisher may not use the topic's key,
   * `AuthorizationErrorException` when the topic's policy refuses it
   */
  async publish(publication: Publication, publisher: Publisher): Promise<{ messageId: string }> {
    const topic = this.topic(publication.topicArn);
    checkMessage(publication);
    const parts = partsOf(publication);
    this.authorize(topic, publisher);
    const message = snsMessage(topic.arn, publication, this.clock.now());
    const textOf = (protocol: string): string => (parts ? textFor(parts, protocol) : message.message);
    const subscriptions = this.subscriptionsOf(topic.arn).filter(
      ({ confirmed, filter }) => confirmed && passes(filter, message.message),
    );
    await this.messages.put(message.messageId, {
      messageId: message.messageId,
      topicArn: topic.arn,
      subject: message.subject ?? null,
      message: textOf('email'),
      ...(parts && { parts }),
      attributes: textsOf(message.attributes),
      at: message.at,
      to: subscriptions.filter(({ protocol }) => PEOPLE.includes(protocol)).map(({ endpoint }) => endpoint),
    });
    const [oldest] = this.messages.entries().slice(0, -KEPT_MESSAGES);
    if (oldest) await this.messages.delete(oldest[0]);
    for (const subscription of subscriptions)
      this.delivery.send(subscription, { ...message, message: textOf(subscription.protocol) });
    return { messageId: message.messageId };
  }

  /** @throws AwsError `NotFoundException` */
  topic(topicArn: string | undefined): Topic {
    const topic = this.topics.get(topicArn ?? '');
    if (!topic)
      throw new AwsError('NotFoundException', `Topic does not exist: ${topicArn ?? '(no TopicArn)'}`);
    return topic;
  }

  /** Deletes the topic with its subscriptions; a missing topic is no error, as in SNS. */
  async deleteTopic(topicArn: string): Promise<void> {
    await Promise.all(this.subscriptionsOf(topicArn).map(({ arn: one }) => this.subscriptions.delete(one)));
    await this.topics.delete(topicArn);
  }

  /** A missing subscription is no error, as in SNS. */
  async unsubscribe(subscriptionArn: string): Promise<void> {
    await this.subscriptions.delete(subscriptionArn);
  }

  subscriptionsOf(topicArn: string): Subscription[] {
    return this.subscriptions.all().filter((one) => one.topicArn === topicArn);
  }

  private authorize(topic: Topic, publisher: Publisher): void {
    const who = 'service' in publisher ? publisher.service : publisher.arn;
    const asker =
      'service' in publisher ? { service: publisher.service } : { arn: publisher.arn, principal: publisher };
    const context = {
      'aws:SourceAccount': ('sourceAccount' in publisher && publisher.sourceAccount) || ACCOUNT,
      'aws:SecureTransport': 'true',
      'kms:ViaService': `sns.${REGION}.amazonaws.com`,
      ...('sourceArn' in publisher && { 'aws:SourceArn': publisher.sourceArn }),
    };
    if (topic.policy !== undefined) {
      const verdict = evaluateResourcePolicy(
        parsePolicy('of the topic', topic.policy),
        asker,
        'sns:Publish',
        topic.arn,
        context,
      );
      // The identity policies of callers with an ARN were checked before; services depend on this policy alone.
      const allowed = 'service' in publisher ? verdict === 'allowed' : verdict !== 'explicitDeny';
      if (!allowed)
        throw new AwsError(
          'AuthorizationErrorException',
          `${who} is not authorized to perform: SNS:Publish on resource: ${topic.arn} (the topic's policy says: ${verdict})`,
        );
    }
    if (topic.kmsKeyId !== undefined && !this.kms.mayUse(topic.kmsKeyId, asker, KEY_ACTIONS, context))
      throw new AwsError(
        'KMSAccessDeniedException',
        `${who} is not authorized to perform: ${KEY_ACTIONS.join(', ')} on the key ${topic.kmsKeyId} that encrypts ${topic.arn}`,
      );
  }
}

const textsOf = (attributes: SnsMessage['attributes']): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).map(([name, { Value }]) => [name, Value]));

function checkMessage({ message, subject }: Publication): void {
  if (message === '') throw invalid('Empty message');
  const bytes = Buffer.byteLength(message);
  if (bytes > MOST_BYTES) throw invalid(`Message too long: ${bytes} bytes; at most ${MOST_BYTES}`);
  if (subject !== undefined && !/^[\x20-\x7e]{1,100}$/.test(subject))
    throw invalid(
      `Subject ${JSON.stringify(subject)}; wanted: 1 to 100 printable ASCII characters, no line break`,
    );
}
