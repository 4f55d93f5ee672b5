import type {
  CreateTopicCommandInput,
  DeleteTopicCommandInput,
  GetSubscriptionAttributesCommandInput,
  GetTopicAttributesCommandInput,
  ListSubscriptionsByTopicCommandInput,
  ListSubscriptionsCommandInput,
  ListTopicsCommandInput,
  PublishBatchCommandInput,
  PublishCommandInput,
  SubscribeCommandInput,
  Subscription as ShownSubscription,
  UnsubscribeCommandInput,
} from '@aws-sdk/client-sns';
import { ACCOUNT, arn } from '../kernel/places.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { Call, Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import type { Publication, Sns } from './sns.ts';
import type { Subscription } from './sns-delivery.ts';

const A_PAGE = 100;
const MOST_ENTRIES = 10;
const PUBLISHED = ['Message', 'Subject', 'MessageStructure', 'MessageAttributes'] as const;

export function snsOperations(sns: Sns): Record<string, Operation> {
  return {
    CreateTopic: operation({
      action: 'sns:CreateTopic',
      resource: ({ Name }: CreateTopicCommandInput) => arn('sns', Name ?? ''),
      handle: async (input: CreateTopicCommandInput) => {
        refuseOptions('CreateTopic', input, ['Name', 'Attributes', 'Tags']);
        const attributes = input.Attributes ?? {};
        refuseOptions('CreateTopic Attributes', attributes, ['KmsMasterKeyId', 'Policy', 'DisplayName']);
        const { KmsMasterKeyId, Policy, DisplayName } = attributes;
        const topic = await sns.createTopic({
          name: input.Name ?? '',
          ...(KmsMasterKeyId && { kmsKeyId: KmsMasterKeyId }),
          ...(Policy && { policy: Policy }),
          ...(DisplayName && { displayName: DisplayName }),
        });
        return { TopicArn: topic.arn };
      },
    }),
    DeleteTopic: operation({
      action: 'sns:DeleteTopic',
      resource: ({ TopicArn }: DeleteTopicCommandInput) => TopicArn ?? '',
      handle: async ({ TopicArn }: DeleteTopicCommandInput) => {
        await sns.deleteTopic(TopicArn ?? '');
        return {};
      },
    }),
    ListTopics: operation({
      action: 'sns:ListTopics',
      resource: () => '*',
      handle: ({ NextToken }: ListTopicsCommandInput) => {
        const { page, next } = pageOf(sns.topics.all(), NextToken);
        return { Topics: page.map((topic) => ({ TopicArn: topic.arn })), ...next };
      },
    }),
    GetTopicAttributes: operation({
      action: 'sns:GetTopicAttributes',
      resource: ({ TopicArn }: GetTopicAttributesCommandInput) => TopicArn ?? '',
      handle: ({ TopicArn }: GetTopicAttributesCommandInput) => ({
        Attributes: topicAttributes(sns, TopicArn),
      }),
    }),
    Subscribe: operation({
      action: 'sns:Subscribe',
      resource: ({ TopicArn }: SubscribeCommandInput) => TopicArn ?? '',
      handle: async (input: SubscribeCommandInput) => {
        const subscription = await sns.subscribe({
          topicArn: input.TopicArn ?? '',
          protocol: input.Protocol ?? '',
          endpoint: input.Endpoint ?? '',
          ...subscriptionAttributes(input.Attributes ?? {}),
        });
        const told = subscription.confirmed || input.ReturnSubscriptionArn;
        return { SubscriptionArn: told ? subscription.arn : 'pending confirmation' };
      },
    }),
    Unsubscribe: operation({
      action: 'sns:Unsubscribe',
      resource: () => '*',
      handle: async ({ SubscriptionArn }: UnsubscribeCommandInput) => {
        await sns.unsubscribe(SubscriptionArn ?? '');
        return {};
      },
    }),
    GetSubscriptionAttributes: operation({
      action: 'sns:GetSubscriptionAttributes',
      resource: ({ SubscriptionArn }: GetSubscriptionAttributesCommandInput) => topicOf(SubscriptionArn),
      handle: ({ SubscriptionArn }: GetSubscriptionAttributesCommandInput) => {
        const elements = (SubscriptionArn ?? '').split(':').length;
        if (elements < 6)
          throw new AwsError(
            'InvalidParameterException',
            // What lists show of an unconfirmed subscription is no ARN to ask with.
            `Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not ${elements}`,
          );
        const found = sns.subscriptions.get(SubscriptionArn ?? '');
        if (!found)
          throw new AwsError('NotFoundException', `Subscription does not exist: ${SubscriptionArn}`);
        const { deadLetterArn } = found;
        return {
          Attributes: {
            ...shown(found),
            SubscriptionArn: found.arn,
            PendingConfirmation: String(!found.confirmed),
            RawMessageDelivery: 'false',
            ...(deadLetterArn && { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterArn }) }),
          },
        };
      },
    }),
    ListSubscriptionsByTopic: operation({
      action: 'sns:ListSubscriptionsByTopic',
      resource: ({ TopicArn }: ListSubscriptionsByTopicCommandInput) => TopicArn ?? '',
      handle: ({ TopicArn, NextToken }: ListSubscriptionsByTopicCommandInput) => {
        const { page, next } = pageOf(sns.subscriptionsOf(sns.topic(TopicArn).arn), NextToken);
        return { Subscriptions: page.map(shown), ...next };
      },
    }),
    ListSubscriptions: operation({
      action: 'sns:ListSubscriptions',
      resource: () => '*',
      handle: ({ NextToken }: ListSubscriptionsCommandInput) => {
        const { page, next } = pageOf(sns.subscriptions.all(), NextToken);
        return { Subscriptions: page.map(shown), ...next };
      },
    }),
    Publish: operation({
      action: 'sns:Publish',
      resource: ({ TopicArn, TargetArn }: PublishCommandInput) => TopicArn ?? TargetArn ?? '*',
      handle: async (input: PublishCommandInput, call: Call) => {
        refuseOptions('Publish', input, ['TopicArn', 'TargetArn', ...PUBLISHED]);
        const { messageId } = await sns.publish(
          publicationOf(input.TopicArn ?? input.TargetArn, input),
          call.principal,
        );
        return { MessageId: messageId };
      },
    }),
    PublishBatch: operation({
      action: 'sns:Publish',
      resource: ({ TopicArn }: PublishBatchCommandInput) => TopicArn ?? '',
      handle: (input: PublishBatchCommandInput, call: Call) => publishBatch(sns, input, call),
    }),
  };
}

const topicOf = (subscriptionArn: string | undefined): string =>
  (subscriptionArn ?? '').split(':').slice(0, 6).join(':');

const publicationOf = (
  topicArn: string | undefined,
  input: Pick<PublishCommandInput, (typeof PUBLISHED)[number]>,
): Publication => ({
  topicArn: topicArn ?? '',
  message: input.Message ?? '',
  ...(input.Subject !== undefined && { subject: input.Subject }),
  ...(input.MessageStructure !== undefined && { structure: input.MessageStructure }),
  ...(input.MessageAttributes && { attributes: input.MessageAttributes }),
});

async function publishBatch(sns: Sns, input: PublishBatchCommandInput, call: Call) {
  const entries = input.PublishBatchRequestEntries ?? [];
  if (entries.length === 0)
    throw new AwsError('EmptyBatchRequestException', 'The batch request has no entries.');
  if (entries.length > MOST_ENTRIES)
    throw new AwsError(
      'TooManyEntriesInBatchRequestException',
      `${entries.length} entries; at most ${MOST_ENTRIES}.`,
    );
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new AwsError('BatchEntryIdsNotDistinctException', 'Two entries have the same Id.');
  const Successful = [];
  const Failed = [];
  for (const entry of entries) {
    try {
      refuseOptions('PublishBatch', entry, ['Id', ...PUBLISHED]);
      const { messageId } = await sns.publish(publicationOf(input.TopicArn, entry), call.principal);
      Successful.push({ Id: entry.Id, MessageId: messageId });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'InvalidParameterException') throw error;
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}

function subscriptionAttributes(attributes: Record<string, string>): { deadLetterArn?: string } {
  const { RawMessageDelivery, RedrivePolicy, ...rest } = attributes;
  if (RawMessageDelivery?.toLowerCase() === 'true')
    throw new AwsError(
      'InvalidParameterException',
      'Invalid parameter: the sandbox does not emulate RawMessageDelivery',
    );
  refuseOptions('Subscribe Attributes', rest, []);
  if (RedrivePolicy === undefined) return {};
  const { deadLetterTargetArn } = JSON.parse(RedrivePolicy) as { deadLetterTargetArn?: string };
  return deadLetterTargetArn ? { deadLetterArn: deadLetterTargetArn } : {};
}

function topicAttributes(sns: Sns, topicArn: string | undefined): Record<string, string> {
  const topic = sns.topic(topicArn);
  const subscriptions = sns.subscriptionsOf(topic.arn);
  const confirmed = subscriptions.filter((one) => one.confirmed).length;
  return {
    TopicArn: topic.arn,
    Owner: ACCOUNT,
    DisplayName: topic.displayName ?? '',
    SubscriptionsConfirmed: String(confirmed),
    SubscriptionsPending: String(subscriptions.length - confirmed),
    SubscriptionsDeleted: '0',
    ...(topic.kmsKeyId && { KmsMasterKeyId: topic.kmsKeyId }),
    ...(topic.policy && { Policy: topic.policy }),
  };
}

const shown = (one: Subscription): ShownSubscription => ({
  SubscriptionArn: one.confirmed ? one.arn : 'PendingConfirmation',
  Owner: ACCOUNT,
  Protocol: one.protocol,
  Endpoint: one.endpoint,
  TopicArn: one.topicArn,
});

function pageOf<T>(
  all: readonly T[],
  token: string | undefined,
): { page: T[]; next: { NextToken?: string } } {
  const from = Number(token ?? 0);
  const more = from + A_PAGE < all.length;
  return { page: all.slice(from, from + A_PAGE), next: more ? { NextToken: String(from + A_PAGE) } : {} };
}
