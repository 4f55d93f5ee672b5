import type { ReadTools } from '../platform/clients.ts';

/** How many confirmed subscriptions the topic has. @throws when SNS does not say */
export type Subscriptions = (topicArn: string) => Promise<number>;

export function countSubscriptions(tools: Pick<ReadTools, 'sns'>): Subscriptions {
  return async (topicArn) => {
    const sns = await tools.sns();
    const { Attributes } = await sns.getTopicAttributes({ TopicArn: topicArn });
    const count = Number(Attributes?.['SubscriptionsConfirmed']);
    if (!Number.isInteger(count))
      throw new Error(
        `SNS gave no number of confirmed subscriptions of ${topicArn}: ${Attributes?.['SubscriptionsConfirmed']}`,
      );
    return count;
  };
}
