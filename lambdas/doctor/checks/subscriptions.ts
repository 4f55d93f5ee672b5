import { later, ok, wrong, type CheckOf, type Finding } from '../check.ts';
import { cannotTell } from '../run-checks.ts';

/** A topic without a confirmed subscriber notifies nobody. */
export const subscriptions: CheckOf<'account'> = {
  id: 'subscriptions',
  asks: 'Does somebody hear of it?',
  needs: 'account',
  async run({ settings: { topics }, planned, aws, deployed }) {
    const { alarms: _alarms, ...heard } = topics;
    const each = Object.entries(heard);
    if (!deployed)
      return each.flatMap(([name]): Finding[] =>
        (planned.subscriptions[name] ?? []).length > 0
          ? [later(`the subscribers of ${name} confirm, once the topic is there`)]
          : [later(`somebody subscribes to the topic of ${name}: subscriptions.${name} names nobody`)],
      );
    const sns = await aws.sns();
    const findings = await Promise.all(
      each.map(async ([name, arn]): Promise<Finding> => {
        try {
          const { Subscriptions = [] } = await sns.listSubscriptionsByTopic({ TopicArn: arn });
          const pending = Subscriptions.filter(
            ({ SubscriptionArn }) => SubscriptionArn === 'PendingConfirmation',
          );
          const confirmed = Subscriptions.length - pending.length;
          if (confirmed > 0 && pending.length === 0) return ok(`${name}: ${confirmed} confirmed`);
          return wrong({
            fault:
              confirmed > 0
                ? `Not everybody of ${name} has confirmed`
                : `Nobody hears what is sent to ${name}`,
            found: `${confirmed} confirmed, ${pending.length} not yet: ${pending.map(({ Endpoint }) => Endpoint).join(', ') || 'none'}`,
            wanted: 'at least one confirmed subscriber, and none that waits',
            remedy:
              pending.length > 0
                ? 'open the message of AWS Notifications and confirm; after three days subscribe again'
                : `aws sns subscribe --topic-arn ${arn} --protocol email --notification-endpoint you@example.com`,
          });
        } catch (error) {
          return cannotTell(error);
        }
      }),
    );
    return findings;
  },
};
