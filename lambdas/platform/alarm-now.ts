import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { ReadTools } from './clients.ts';
import { alarmIn, type Instance } from '../domain/instance.ts';
import type { Permissions } from './iam.ts';

/** An alarm's current state in CloudWatch. */
export interface AlarmState {
  readonly name: string;
  /** `OK` only on complete data; `missing`: the alarm no longer exists. */
  readonly state: string;
  /** ISO 8601; empty where there is none. */
  readonly since: string;
}

export interface AlarmNow extends AlarmState {
  /** Active mute rules, and who switched its actions off. */
  readonly mutedBy: readonly string[];
}

export const alarmNowPermissions: Permissions = () => [
  { actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:ListAlarmMuteRules'], resources: ['*'] },
];

/** With whether people have muted it. */
export async function alarmNow(tools: ReadTools, instance: Instance, name: string): Promise<AlarmNow> {
  const cloudwatch = await tools.cloudwatch();
  const [alarm, { AlarmMuteRuleSummaries = [] }] = await Promise.all([
    findAlarm(tools, instance, name),
    cloudwatch.listAlarmMuteRules({ AlarmName: alarmIn(instance, name), Statuses: ['ACTIVE'] }),
  ]);
  const rules = AlarmMuteRuleSummaries.map(
    ({ AlarmMuteRuleArn }) => AlarmMuteRuleArn?.split(':').at(-1) ?? '',
  );
  const mutedBy = [
    ...(alarm?.ActionsEnabled === false ? ['a person (its actions are disabled)'] : []),
    ...rules.map((rule) => `mute rule ${rule}`),
  ];
  return { ...stateOf(name, alarm), mutedBy: alarm ? mutedBy : [] };
}

export const alarmState = async (tools: ReadTools, instance: Instance, name: string): Promise<AlarmState> =>
  stateOf(name, await findAlarm(tools, instance, name));

async function findAlarm(
  tools: ReadTools,
  instance: Instance,
  name: string,
): Promise<MetricAlarm | undefined> {
  const cloudwatch = await tools.cloudwatch();
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.describeAlarms({
    AlarmNames: [alarmIn(instance, name)],
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  });
  // Only a metric alarm has a state of evaluation.
  const found: MetricAlarm[] = [...MetricAlarms, ...CompositeAlarms];
  return found[0];
}

/** Only CloudWatch's verdict on complete data counts as OK: partial data and failed evaluations are unknown. */
function stateOf(name: string, alarm: MetricAlarm | undefined): AlarmState {
  if (!alarm) return { name, state: 'missing', since: '' };
  const {
    StateValue = 'unknown',
    EvaluationState,
    StateTransitionedTimestamp,
    StateUpdatedTimestamp,
  } = alarm;
  return {
    name,
    state: EvaluationState === undefined ? StateValue : `${StateValue} (${EvaluationState})`,
    since: (StateTransitionedTimestamp ?? StateUpdatedTimestamp)?.toISOString() ?? '',
  };
}
