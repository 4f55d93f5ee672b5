import type {
  GetTopicAttributesCommandInput,
  ListSubscriptionsByTopicCommandInput,
  PublishCommandInput,
  Subscription as ShownSubscription,
} from '@aws-sdk/client-sns';
import { ACCOUNT } from '../kernel/places.ts';
import { operation, type Call, type ServiceDefinition } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import type { Subscription } from './sns-delivery.ts';
import type { Sns } from './sns.ts';

const A_PAGE = 100;

export const snsDefinition = (sns: Sns): ServiceDefinition => ({
  signingName: 'sns',
  sdk: () => import('@aws-sdk/client-sns'),
  clientClass: 'SNSClient',
  operations: {
    GetTopicAttributes: operation({
      action: 'sns:GetTopicAttributes',
      resource: ({ TopicArn }: GetTopicAttributesCommandInput) => TopicArn ?? '',
      handle: ({ TopicArn }: GetTopicAttributesCommandInput) => ({
        Attributes: topicAttributes(sns, TopicArn),
      }),
    }),
    ListSubscriptionsByTopic: operation({
      action: 'sns:ListSubscriptionsByTopic',
      resource: ({ TopicArn }: ListSubscriptionsByTopicCommandInput) => TopicArn ?? '',
      handle: ({ TopicArn, NextToken }: ListSubscriptionsByTopicCommandInput) => {
        const all = sns.subscriptionsOf(sns.topic(TopicArn).arn);
        const from = Number(NextToken ?? 0);
        const to = from + A_PAGE;
        return {
          Subscriptions: all.slice(from, to).map(shown),
          ...(to < all.length && { NextToken: String(to) }),
        };
      },
    }),
    Publish: operation({
      action: 'sns:Publish',
      resource: ({ TopicArn, TargetArn }: PublishCommandInput) => TopicArn ?? TargetArn ?? '*',
      handle: async (input: PublishCommandInput, call: Call) => {
        refuseOptions('Publish', input, [
          'TopicArn',
          'TargetArn',
          'Message',
          'Subject',
          'MessageStructure',
          'MessageAttributes',
        ]);
        const { TopicArn, TargetArn, Message, Subject, MessageStructure, MessageAttributes } = input;
        const { messageId } = await sns.publish(
          {
            topicArn: TopicArn ?? TargetArn ?? '',
            message: Message ?? '',
            ...(Subject !== undefined && { subject: Subject }),
            ...(MessageStructure !== undefined && { structure: MessageStructure }),
            ...(MessageAttributes && { attributes: MessageAttributes }),
          },
          call.principal,
        );
        return { MessageId: messageId };
      },
    }),
  },
});

function topicAttributes(sns: Sns, topicArn: string | undefined): Record<string, string> {
  const topic = sns.topic(topicArn);
  const subscriptions = sns.subscriptionsOf(topic.arn);
  const confirmed = subscriptions.filter((one) => one.confirmed).length;
  return {
    TopicArn: topic.arn,
    Owner: ACCOUNT,
    DisplayName: '',
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
