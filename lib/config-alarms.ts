import * as z from 'zod';
import { playbooks } from '../lambdas/catalog/playbooks/registry.ts';
import { alarmOf, type Instance } from '../lambdas/domain/instance.ts';
import { Alarms, ExistingAlarm } from '../lambdas/platform/settings.ts';

const TopicArn = z
  .string()
  .regex(
    /^arn:[\w-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
    'a topic\'s ARN such as "arn:aws:sns:eu-west-1:111122223333:ops-alarms"',
  );

const declared: readonly string[] = playbooks.flatMap(({ alarms }) => alarms.map(({ name }) => name));

/**
 * `{ "cur-freshness": { "existing": "their-name" } }`: alarms of the account that stand in place of those that the
 * stack would make. They notify the responder through a topic: `topic` of their own, or the one for all.
 */
export const ConfiguredAlarms = z
  .object({
    elsewhere: Alarms.shape.elsewhere,
    /** A topic of the account in place of ours: the alarms that the stack makes publish to it, too. */
    topic: TopicArn.optional(),
  })
  .catchall(ExistingAlarm.extend({ topic: TopicArn.optional() }))
  .superRefine(({ elsewhere: _, topic: __, ...existing }, context) => {
    const refuse = (path: readonly string[], message: string) =>
      context.addIssue({ code: 'custom', path: [...path], message });
    const unknown = Object.keys(existing).filter((name) => !declared.includes(name));
    for (const name of unknown)
      refuse([name], `the name of a playbook's alarm, one of ${declared.join(', ')}`);
    const others = new Map<string, string>();
    for (const [name, { existing: theirs }] of Object.entries(existing)) {
      const other = others.get(theirs);
      if (other !== undefined)
        refuse([name, 'existing'], `another alarm than that of "${other}": one alarm starts one playbook`);
      others.set(theirs, name);
    }
  })
  .transform(({ elsewhere, topic, ...configured }) => {
    const existing: Record<string, ExistingAlarm> = {};
    const topics = new Set<string>();
    for (const [name, { topic: own, ...alarm }] of Object.entries(configured)) {
      existing[name] = alarm;
      if (own !== undefined && own !== topic) topics.add(own);
    }
    return { elsewhere, existing, ...(topic !== undefined && { topic }), topics: [...topics] };
  });

/** Two alarms of one name: CloudFormation would fail, or change theirs. */
export function refuseAlarmsOfOurs(
  { prefix, alarms }: Pick<Instance, 'prefix'> & { readonly alarms: Partial<Instance['alarms']> },
  context: z.core.$RefinementCtx<unknown>,
): void {
  // Mistakes of its own are told besides, and have left it unread.
  const { existing = {} } = alarms;
  const none = { prefix, alarms: { existing: {} } };
  for (const [name, { existing: theirs }] of Object.entries(existing)) {
    const ours = alarmOf(none, theirs);
    if (ours === undefined || !declared.includes(ours) || Object.hasOwn(existing, ours)) continue;
    const message = `an alarm that is yours: the stack makes one of this name, unless "${ours}" has its own "existing"`;
    context.addIssue({ code: 'custom', path: ['alarms', name, 'existing'], message });
  }
}

/** Who else may publish to the topic of alarms. */
export const Publisher = z.union(
  [
    z.strictObject({
      /** A service of AWS, on behalf of this account. */
      service: z
        .string()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/, 'a service such as "events.amazonaws.com"'),
    }),
    z.strictObject({
      /** CloudWatch's alarms of another account, such as the one where your monitoring is. */
      account: z.string().regex(/^\d{12}$/, 'twelve digits'),
    }),
  ],
  {
    error:
      'a service {"service": "events.amazonaws.com"} ("budgets…", "costalerts…"), or an account whose alarms publish ' +
      '{"account": "222233334444"}',
  },
);
export type Publisher = z.infer<typeof Publisher>;
