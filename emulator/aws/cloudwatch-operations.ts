import type {
  DescribeAlarmHistoryCommandInput,
  DescribeAlarmsCommandInput,
  DescribeAlarmsCommandOutput,
  GetMetricDataCommandInput,
  GetMetricStatisticsCommandInput,
  MetricAlarm,
  PutMetricDataCommandInput,
  SetAlarmStateCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { arn } from '../kernel/places.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { ServiceDefinition } from '../kernel/service.ts';
import type { AlarmRecord } from './alarm-notification.ts';
import { listAlarmMuteRules } from './alarm-mute-rules.ts';
import type { CloudWatch } from './cloudwatch.ts';
import { getMetricData, getMetricStatistics } from './metric-query.ts';

const alarmArn = (name: string | undefined): string => arn('cloudwatch', `alarm:${name ?? ''}`);
const ALARMS_A_PAGE = 50;

export const cloudWatchDefinition = (service: CloudWatch): ServiceDefinition => ({
  signingName: 'monitoring',
  sdk: () => import('@aws-sdk/client-cloudwatch'),
  clientClass: 'CloudWatchClient',
  operations: {
    ListAlarmMuteRules: listAlarmMuteRules(service.muteRules),
    PutMetricData: operation({
      action: 'cloudwatch:PutMetricData',
      resource: () => '*',
      conditions: ({ Namespace }) => ({ 'cloudwatch:namespace': Namespace ?? '' }),
      handle: async (input: PutMetricDataCommandInput) => {
        await service.putMetricDataNow(input);
        return {};
      },
    }),
    GetMetricStatistics: operation({
      action: 'cloudwatch:GetMetricStatistics',
      resource: () => '*',
      handle: (input: GetMetricStatisticsCommandInput) => getMetricStatistics(service.metrics, input),
    }),
    GetMetricData: operation({
      action: 'cloudwatch:GetMetricData',
      resource: () => '*',
      handle: (input: GetMetricDataCommandInput) => getMetricData(service.metrics, input),
    }),
    DescribeAlarms: operation({
      action: 'cloudwatch:DescribeAlarms',
      // AWS asks for all alarms, even when names are given.
      resource: () => alarmArn('*'),
      handle: (input: DescribeAlarmsCommandInput) => describeAlarms(service, input),
    }),
    SetAlarmState: operation({
      action: 'cloudwatch:SetAlarmState',
      resource: (input: SetAlarmStateCommandInput) => alarmArn(input.AlarmName),
      handle: async (input: SetAlarmStateCommandInput) => {
        await service.setAlarmState(input);
        return {};
      },
    }),
    DescribeAlarmHistory: operation({
      action: 'cloudwatch:DescribeAlarmHistory',
      // Composite alarms are shown only to those who may ask about everything.
      resource: ({ AlarmName, AlarmTypes = [] }: DescribeAlarmHistoryCommandInput) =>
        AlarmTypes.includes('CompositeAlarm') ? '*' : alarmArn(AlarmName ?? '*'),
      handle: (input: DescribeAlarmHistoryCommandInput) => service.history.describe(input),
    }),
  },
});

function describeAlarms(
  service: CloudWatch,
  input: DescribeAlarmsCommandInput,
): Omit<DescribeAlarmsCommandOutput, '$metadata'> {
  if (input.ChildrenOfAlarmName ?? input.ParentsOfAlarmName)
    throw new AwsError(
      'ValidationException',
      'There are no composite alarms here, so no parents or children.',
    );
  if (input.AlarmNames?.length && input.AlarmNamePrefix)
    throw new AwsError('ValidationException', 'AlarmNames and AlarmNamePrefix exclude each other.');
  const metricAlarms = input.AlarmTypes === undefined || input.AlarmTypes.includes('MetricAlarm');
  const matching = service.alarms
    .all()
    .filter(
      ({ settings, state }) =>
        metricAlarms &&
        (!input.AlarmNames?.length || input.AlarmNames.includes(settings.name)) &&
        settings.name.startsWith(input.AlarmNamePrefix ?? '') &&
        (!input.StateValue || state.value === input.StateValue) &&
        (input.ActionPrefix === undefined ||
          actionsOf(settings).some((a) => a.startsWith(input.ActionPrefix ?? ''))),
    )
    .sort((a, b) => (a.settings.name < b.settings.name ? -1 : 1));
  const from = Number(input.NextToken ?? 0);
  const size = input.MaxRecords ?? ALARMS_A_PAGE;
  return {
    MetricAlarms: matching.slice(from, from + size).map(shown),
    CompositeAlarms: [],
    ...(from + size < matching.length && { NextToken: String(from + size) }),
  };
}

const actionsOf = ({
  alarmActions,
  okActions,
  insufficientDataActions,
}: AlarmRecord['settings']): string[] => [...alarmActions, ...okActions, ...insufficientDataActions];

function shown({ settings, state, transitionedAt, configuredAt, evaluationState }: AlarmRecord): MetricAlarm {
  return {
    AlarmName: settings.name,
    AlarmArn: settings.arn,
    ...(settings.description !== null && { AlarmDescription: settings.description }),
    AlarmConfigurationUpdatedTimestamp: new Date(configuredAt),
    ActionsEnabled: settings.actionsEnabled,
    OKActions: [...settings.okActions],
    AlarmActions: [...settings.alarmActions],
    InsufficientDataActions: [...settings.insufficientDataActions],
    StateValue: state.value,
    StateReason: state.reason,
    ...(state.reasonData && { StateReasonData: state.reasonData }),
    StateUpdatedTimestamp: new Date(state.at),
    StateTransitionedTimestamp: new Date(transitionedAt),
    MetricName: settings.metricName,
    Namespace: settings.namespace,
    Statistic: settings.statistic,
    Dimensions: [...settings.dimensions],
    Period: settings.period,
    ...(settings.unit && { Unit: settings.unit }),
    EvaluationPeriods: settings.evaluationPeriods,
    DatapointsToAlarm: settings.datapointsToAlarm,
    Threshold: settings.threshold,
    ComparisonOperator: settings.comparison,
    TreatMissingData: settings.missing,
    ...(evaluationState && { EvaluationState: evaluationState }),
  };
}
