import { createHash } from 'node:crypto';
import type { AlarmState } from './alarm-evaluation.ts';
import { ACCOUNT, REGION } from '../kernel/places.ts';
import type { AlarmSettings } from './alarm-settings.ts';
import { offsetTime } from './alarm-reason.ts';

export interface StateRecord {
  readonly value: AlarmState;
  readonly reason: string;
  readonly reasonData?: string;
  /** ISO 8601. */
  readonly at: string;
}

/** An alarm as the emulator keeps it. */
export interface AlarmRecord {
  readonly settings: AlarmSettings;
  /** ISO 8601. */
  readonly configuredAt: string;
  readonly state: StateRecord;
  /** ISO 8601; `state.at` also changes when SetAlarmState sets the state that the alarm already has. */
  readonly transitionedAt: string;
  /** Set by faults: the state is uncertain. */
  readonly evaluationState?: 'PARTIAL_DATA' | 'EVALUATION_FAILURE';
}

/** In messages the Region is written for people; machines must take it from `AlarmArn`. */
const REGION_NAME = 'US East (N. Virginia)';

const STATISTIC_NAMES = {
  Average: 'AVERAGE',
  Maximum: 'MAXIMUM',
  Minimum: 'MINIMUM',
  SampleCount: 'SAMPLE_COUNT',
  Sum: 'SUM',
} as const;

/** SNS takes at most 100 characters. */
export const notificationSubject = ({ settings, state }: AlarmRecord): string =>
  `${state.value}: "${settings.name}" in ${REGION_NAME}`.slice(0, 100);

/** The body of the classic SNS message, its members in the order in which CloudWatch writes them. */
export function notificationMessage(alarm: AlarmRecord, previous: StateRecord): string {
  const { settings, state } = alarm;
  return JSON.stringify({
    AlarmName: settings.name,
    AlarmDescription: settings.description,
    AWSAccountId: ACCOUNT,
    AlarmConfigurationUpdatedTimestamp: offsetTime(new Date(alarm.configuredAt)),
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: offsetTime(new Date(state.at)),
    Region: REGION_NAME,
    AlarmArn: settings.arn,
    OldStateValue: previous.value,
    OKActions: settings.okActions,
    AlarmActions: settings.alarmActions,
    InsufficientDataActions: settings.insufficientDataActions,
    Trigger: {
      MetricName: settings.metricName,
      Namespace: settings.namespace,
      StatisticType: 'Statistic',
      Statistic: STATISTIC_NAMES[settings.statistic],
      Unit: settings.unit,
      Dimensions: settings.dimensions.map(({ Name, Value }) => ({ value: Value, name: Name })),
      Period: settings.period,
      EvaluationPeriods: settings.evaluationPeriods,
      DatapointsToAlarm: settings.datapointsToAlarm,
      ComparisonOperator: settings.comparison,
      Threshold: settings.threshold,
      TreatMissingData: settings.missing,
      EvaluateLowSampleCountPercentile: '',
    },
  });
}

/** The event of a Lambda function that is an alarm's action. */
export function directInvocation(alarm: AlarmRecord, previous: StateRecord): Record<string, unknown> {
  const { settings, state } = alarm;
  const stateOf = (record: StateRecord) => ({
    value: record.value,
    reason: record.reason,
    ...(record.reasonData && { reasonData: record.reasonData }),
    timestamp: offsetTime(new Date(record.at)),
  });
  return {
    source: 'aws.cloudwatch',
    alarmArn: settings.arn,
    accountId: ACCOUNT,
    time: offsetTime(new Date(state.at)),
    region: REGION,
    alarmData: {
      alarmName: settings.name,
      state: stateOf(state),
      previousState: stateOf(previous),
      configuration: {
        ...(settings.description !== null && { description: settings.description }),
        metrics: [
          {
            id: metricId(settings),
            metricStat: {
              metric: {
                namespace: settings.namespace,
                name: settings.metricName,
                dimensions: Object.fromEntries(settings.dimensions.map(({ Name, Value }) => [Name, Value])),
              },
              period: settings.period,
              stat: settings.statistic,
              ...(settings.unit && { unit: settings.unit }),
            },
            returnData: true,
          },
        ],
      },
    },
  };
}

/** AWS generates an id for the metric; this one is stable, so that redeliveries are equal. */
function metricId({ arn: alarmArn }: AlarmSettings): string {
  const hex = createHash('sha256').update(alarmArn).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
