import type {
  DeleteAlarmMuteRuleCommandInput,
  ListAlarmMuteRulesCommandInput,
  PutAlarmMuteRuleCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { arn } from '../kernel/places.ts';
import { AwsError, operation, type Operation } from '../kernel/service.ts';
import type { Collection } from '../kernel/store.ts';
import { refuseOptions } from '../wire/refuse-options.ts';

/** A rule that mutes once; the sandbox knows no recurring ones. Times are ISO 8601. */
export interface MuteRule {
  readonly name: string;
  readonly alarms: readonly string[];
  readonly begins: string;
  readonly ends: string;
  readonly updatedAt: string;
}

/** Whether any rule mutes the alarm at that moment: then its actions are not carried out, now or later. */
export const isMuted = (rules: readonly MuteRule[], alarm: string, now: Date): boolean =>
  rules.some((rule) => rule.alarms.includes(alarm) && statusAt(rule, now) === 'ACTIVE');

const statusAt = ({ begins, ends }: MuteRule, now: Date): 'SCHEDULED' | 'ACTIVE' | 'EXPIRED' => {
  if (now.getTime() < Date.parse(begins)) return 'SCHEDULED';
  return now.getTime() < Date.parse(ends) ? 'ACTIVE' : 'EXPIRED';
};

const ruleArn = (name: string | undefined): string => arn('cloudwatch', `alarm-mute-rule:${name ?? ''}`);

export function muteRuleOperations(rules: Collection<MuteRule>): Record<string, Operation> {
  return {
    PutAlarmMuteRule: operation({
      action: 'cloudwatch:PutAlarmMuteRule',
      resource: ({ Name }: PutAlarmMuteRuleCommandInput) => ruleArn(Name),
      handle: async (input: PutAlarmMuteRuleCommandInput, { now }) => {
        refuseOptions('PutAlarmMuteRule', input, ['Name', 'Description', 'Rule', 'MuteTargets']);
        const { Name: name = '', Rule, MuteTargets } = input;
        const { begins, ends } = windowOf(Rule?.Schedule?.Expression ?? '', Rule?.Schedule?.Duration ?? '');
        const alarms = MuteTargets?.AlarmNames ?? [];
        await rules.put(name, { name, alarms, begins, ends, updatedAt: now.toISOString() });
        return {};
      },
    }),
    ListAlarmMuteRules: operation({
      action: 'cloudwatch:ListAlarmMuteRules',
      resource: () => '*',
      handle: ({ AlarmName, Statuses }: ListAlarmMuteRulesCommandInput, { now }) => ({
        AlarmMuteRuleSummaries: rules
          .all()
          .filter((rule) => AlarmName === undefined || rule.alarms.includes(AlarmName))
          .map((rule) => ({ rule, status: statusAt(rule, now) }))
          .filter(({ status }) => !Statuses || Statuses.includes(status))
          .map(({ rule, status }) => ({
            AlarmMuteRuleArn: ruleArn(rule.name),
            Status: status,
            MuteType: 'ONE_TIME',
            LastUpdatedTimestamp: new Date(rule.updatedAt),
          })),
      }),
    }),
    DeleteAlarmMuteRule: operation({
      action: 'cloudwatch:DeleteAlarmMuteRule',
      resource: ({ AlarmMuteRuleName }: DeleteAlarmMuteRuleCommandInput) => ruleArn(AlarmMuteRuleName),
      handle: async ({ AlarmMuteRuleName = '' }: DeleteAlarmMuteRuleCommandInput) => {
        await rules.delete(AlarmMuteRuleName);
        return {};
      },
    }),
  };
}

function windowOf(expression: string, duration: string): { begins: string; ends: string } {
  const at = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})\)$/.exec(expression)?.[1];
  const [, days = '0', hours = '0', minutes = '0'] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration) ?? [];
  const length = Number(days) * 1_440 + Number(hours) * 60 + Number(minutes);
  if (at === undefined || length < 1)
    throw new AwsError(
      'InvalidParameterValueException',
      `the schedule is ${expression} for ${duration}; the sandbox takes at(yyyy-MM-ddThh:mm) in UTC, and PT1M or more`,
    );
  const begins = new Date(`${at}:00Z`);
  return { begins: begins.toISOString(), ends: new Date(begins.getTime() + length * 60_000).toISOString() };
}
