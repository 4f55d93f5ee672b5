import type {
  DeleteAlarmsCommandInput,
  DescribeAlarmHistoryCommandInput,
  DescribeAlarmsCommandInput,
  DescribeAlarmsCommandOutput,
  EnableAlarmActionsCommandInput,
  GetMetricDataCommandInput,
  GetMetricStatisticsCommandInput,
  ListMetricsCommandInput,
  MetricAlarm,
  PutMetricAlarmCommandInput,
  PutMetricDataCommandInput,
  SetAlarmStateCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { arn } from '../kernel/places.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import type { AlarmRecord } from './alarm-notification.ts';
import { muteRuleOperations } from './alarm-mute-rules.ts';
import type { CloudWatch } from './cloudwatch.ts';
import { getMetricData, getMetricStatistics, listMetrics } from './metric-query.ts';

const alarmArn = (name: string | undefined): string => arn('cloudwatch', `alarm:${name ?? ''}`);
const ALARMS_A_PAGE = 50;

export function cloudWatchOperations(service: CloudWatch): Record<string, Operation> {
  return {
    ...muteRuleOperations(service.muteRules),
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
    ListMetrics: operation({
      action: 'cloudwatch:ListMetrics',
      resource: () => '*',
      handle: (input: ListMetricsCommandInput, { now }) => listMetrics(service.metrics, input, now),
    }),
    PutMetricAlarm: operation({
      action: 'cloudwatch:PutMetricAlarm',
      resource: (input: PutMetricAlarmCommandInput) => alarmArn(input.AlarmName),
      handle: async (input: PutMetricAlarmCommandInput) => {
        await service.putAlarm(input);
        return {};
      },
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
    DeleteAlarms: operation({
      action: 'cloudwatch:DeleteAlarms',
      resource: (input: DeleteAlarmsCommandInput) => (input.AlarmNames ?? []).map(alarmArn),
      handle: async ({ AlarmNames }: DeleteAlarmsCommandInput) => {
        const names = AlarmNames ?? [];
        const unknown = names.find((name) => !service.alarms.get(name));
        if (unknown !== undefined)
          throw new AwsError('ResourceNotFound', `There is no alarm ${unknown}; none was deleted.`);
        for (const name of names) await service.alarms.delete(name);
        return {};
      },
    }),
    EnableAlarmActions: setActionsEnabled(service, 'cloudwatch:EnableAlarmActions', true),
    DisableAlarmActions: setActionsEnabled(service, 'cloudwatch:DisableAlarmActions', false),
    DescribeAlarmHistory: operation({
      action: 'cloudwatch:DescribeAlarmHistory',
      resource: (input: DescribeAlarmHistoryCommandInput) => alarmArn(input.AlarmName ?? '*'),
      handle: (input: DescribeAlarmHistoryCommandInput) => service.history.describe(input),
    }),
  };
}

const setActionsEnabled = (service: CloudWatch, action: string, actionsEnabled: boolean): Operation =>
  operation({
    action,
    resource: (input: EnableAlarmActionsCommandInput) => (input.AlarmNames ?? []).map(alarmArn),
    handle: async ({ AlarmNames }: EnableAlarmActionsCommandInput) => {
      // AWS passes over names that it does not know.
      for (const name of AlarmNames ?? []) {
        const alarm = service.alarms.get(name);
        if (alarm)
          await service.alarms.put(name, { ...alarm, settings: { ...alarm.settings, actionsEnabled } });
      }
      return {};
    },
  });

function describeAlarms(
  service: CloudWatch,
  input: DescribeAlarmsCommandInput,
): Omit<DescribeAlarmsCommandOutput, '$metadata'> {
  if (input.ChildrenOfAlarmName ?? input.ParentsOfAlarmName)
    throw new AwsError(
      'ValidationException',
      'The sandbox has no composite alarms, so it knows no parents or children.',
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
