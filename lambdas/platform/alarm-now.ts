import type { ReadTools } from './clients.ts';
import type { Permissions } from './iam.ts';

/** An alarm as CloudWatch has it now. */
export interface AlarmNow {
  readonly name: string;
  /** `OK` only on complete data; `missing`: there is no such alarm any more. */
  readonly state: string;
  /** ISO 8601; empty where there is none. */
  readonly since: string;
  /** Mute rules that are active for it, and whoever switched its actions off. */
  readonly mutedBy: readonly string[];
}

export const alarmNowPermissions: Permissions = () => [
  { actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:ListAlarmMuteRules'], resources: ['*'] },
];

/** OK counts only as CloudWatch's own verdict on complete data: partial data and failed evaluations are "not known". */
export async function alarmNow(tools: ReadTools, name: string): Promise<AlarmNow> {
  const cloudwatch = await tools.cloudwatch();
  const [{ MetricAlarms = [] }, { AlarmMuteRuleSummaries = [] }] = await Promise.all([
    cloudwatch.describeAlarms({ AlarmNames: [name] }),
    cloudwatch.listAlarmMuteRules({ AlarmName: name, Statuses: ['ACTIVE'] }),
  ]);
  const [alarm] = MetricAlarms;
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
