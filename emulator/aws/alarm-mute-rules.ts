import type { ListAlarmMuteRulesCommandInput } from '@aws-sdk/client-cloudwatch';
import { arn } from '../kernel/places.ts';
import { operation, type Operation } from '../kernel/service.ts';
import type { Collection } from '../kernel/store.ts';

/** A rule that mutes once; recurring ones are not emulated. Times are ISO 8601. */
export interface MuteRule {
  readonly name: string;
  readonly alarms: readonly string[];
  readonly begins: string;
  readonly ends: string;
  readonly updatedAt: string;
}

/** Whether any rule mutes the alarm at that moment: its actions are then skipped for good. */
export const isMuted = (rules: readonly MuteRule[], alarm: string, now: Date): boolean =>
  rules.some((rule) => rule.alarms.includes(alarm) && statusAt(rule, now) === 'ACTIVE');

const statusAt = ({ begins, ends }: MuteRule, now: Date): 'SCHEDULED' | 'ACTIVE' | 'EXPIRED' => {
  if (now.getTime() < Date.parse(begins)) return 'SCHEDULED';
  return now.getTime() < Date.parse(ends) ? 'ACTIVE' : 'EXPIRED';
};

export const listAlarmMuteRules = (rules: Pick<Collection<MuteRule>, 'all'>): Operation =>
  operation({
    action: 'cloudwatch:ListAlarmMuteRules',
    resource: () => '*',
    handle: ({ AlarmName, Statuses }: ListAlarmMuteRulesCommandInput, { now }) => ({
      AlarmMuteRuleSummaries: rules
        .all()
        .filter((rule) => AlarmName === undefined || rule.alarms.includes(AlarmName))
        .map((rule) => ({ rule, status: statusAt(rule, now) }))
        .filter(({ status }) => !Statuses || Statuses.includes(status))
        .map(({ rule, status }) => ({
          AlarmMuteRuleArn: arn('cloudwatch', `alarm-mute-rule:${rule.name}`),
          Status: status,
          MuteType: 'ONE_TIME',
          LastUpdatedTimestamp: new Date(rule.updatedAt),
        })),
    }),
  });
