import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { ReadTools } from './clients.ts';
import { alarmIn, type Instance } from '../domain/instance.ts';
import type { Permissions } from './iam.ts';

/** An alarm's current state in CloudWatch. */
export interface AlarmNow {
  readonly name: string;
  /** `OK` only on complete data; `missing`: the alarm no longer exists. */
  readonly state: string;
  /** ISO 8601; empty where there is none. */
  readonly since: string;
  /** Active mute rules, and who switched its actions off. */
  readonly mutedBy: readonly string[];
}

export const alarmNowPermissions: Permissions = () => [
  { actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:ListAlarmMuteRules'], resources: ['*'] },
];

/** Only CloudWatch's verdict on complete data counts as OK: partial data and failed evaluations are unknown. */
export async function alarmNow(tools: ReadTools, instance: Instance, name: string): Promise<AlarmNow> {
  const cloudwatch = await tools.cloudwatch();
  const known = alarmIn(instance, name);
  const [{ MetricAlarms = [], CompositeAlarms = [] }, { AlarmMuteRuleSummaries = [] }] = await Promise.all([
    cloudwatch.describeAlarms({ AlarmNames: [known], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
    cloudwatch.listAlarmMuteRules({ AlarmName: known, Statuses: ['ACTIVE'] }),
  ]);
  // Only a metric alarm has a state of evaluation.
  const [alarm]: MetricAlarm[] = [...MetricAlarms, ...CompositeAlarms];
  if (!alarm) return { name, state: 'missing', since: '', mutedBy: [] };
  const {
    StateValue = 'unknown',
    EvaluationState,
    StateTransitionedTimestamp,
    StateUpdatedTimestamp,
  } = alarm;
  const rules = AlarmMuteRuleSummaries.map(
    ({ AlarmMuteRuleArn }) => AlarmMuteRuleArn?.split(':').at(-1) ?? '',
  );
  return {
    name,
    state: EvaluationState === undefined ? StateValue : `${StateValue} (${EvaluationState})`,
    since: (StateTransitionedTimestamp ?? StateUpdatedTimestamp)?.toISOString() ?? '',
    mutedBy: [
      ...(alarm.ActionsEnabled === false ? ['a person (its actions are disabled)'] : []),
      ...rules.map((rule) => `mute rule ${rule}`),
    ],
  };
}
