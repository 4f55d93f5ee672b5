import type { ReadTools } from '../platform/clients.ts';

/** How many people's tools have confirmed that they want the topic's messages. @throws when SNS does not say */
export type Subscriptions = (topicArn: string) => Promise<number>;

export function countSubscriptions(tools: Pick<ReadTools, 'sns'>): Subscriptions {
  return async (topicArn) => {
    const [sns, { GetTopicAttributesCommand }] = await Promise.all([
      tools.sns(),
      import('@aws-sdk/client-sns'),
    ]);
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn }));
    const count = Number(Attributes?.['SubscriptionsConfirmed']);
    if (!Number.isInteger(count))
      throw new Error(
        `SNS told no number of confirmed subscriptions of ${topicArn}: ${Attributes?.['SubscriptionsConfirmed']}`,
      );
    return count;
  };
}
