import * as z from 'zod';
import { isNamed } from '../../platform/error-cause.ts';
import { arnOf } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { evidenceOf } from '../../domain/evidence.ts';
import { defineProbe } from './definition.ts';

/** Who would be notified: subscriptions, by whether they are confirmed. */
export const BudgetTopic = z.object({
  topic: z.string(),
  exists: z.boolean(),
  confirmed: z.int(),
  pending: z.int(),
});
export type BudgetTopic = z.infer<typeof BudgetTopic>;

const topicArn = (settings: Settings): string => arnOf(settings, 'sns', settings.estate.notices.budgets);

/** SNS shows it instead of an ARN until the owner has confirmed. */
const PENDING = 'PendingConfirmation';

export const budgetTopic = defineProbe<unknown, BudgetTopic>({
  name: 'budget-topic',
  question: 'Does the topic of the budget alerts exist, with confirmed subscriptions?',
  queries: ['aws sns list-subscriptions-by-topic --topic-arn arn:aws:sns:...:tenant-budget-alerts'],
  permissions: (settings) => [{ actions: ['sns:ListSubscriptionsByTopic'], resources: [topicArn(settings)] }],
  value: BudgetTopic,
  async run({ settings, tools }) {
    const parameters = { TopicArn: topicArn(settings) };
    // Without addresses: they are personal, and not needed.
    const rows: { SubscriptionArn: string; Protocol: string }[] = [];
    let exists = true;
    try {
      const client = await tools.sns();
      for await (const { Subscriptions = [] } of client.paginateListSubscriptionsByTopic(parameters)) {
        for (const { SubscriptionArn = '', Protocol = '' } of Subscriptions)
          rows.push({ SubscriptionArn, Protocol });
      }
    } catch (error) {
      if (!isNamed(error, 'NotFoundException')) throw error;
      exists = false;
    }
    const pending = rows.filter(({ SubscriptionArn }) => SubscriptionArn === PENDING).length;
    const confirmed = rows.filter(({ SubscriptionArn }) => SubscriptionArn.startsWith('arn:')).length;
    return {
      value: { topic: settings.estate.notices.budgets, exists, confirmed, pending },
      evidence: [evidenceOf('sns:ListSubscriptionsByTopic', parameters, rows)],
    };
  },
  describe: describeTopic,
});

export function describeTopic({ topic, exists, confirmed, pending }: BudgetTopic): string {
  if (!exists) return `topic ${topic} does not exist`;
  return `topic ${topic} has ${confirmed} confirmed subscriptions and ${pending} that wait for their confirmation`;
}
