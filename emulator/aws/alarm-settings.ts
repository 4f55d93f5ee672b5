import type {
  Dimension,
  PutMetricAlarmCommandInput,
  StandardUnit,
  Statistic,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../kernel/service.ts';
import { arn } from '../kernel/places.ts';
import { COMPARISONS } from './alarm-window.ts';
import type { StaticComparison } from './alarm-window.ts';
import type { MissingTreatment } from './alarm-evaluation.ts';

/** An alarm's configuration, checked and complete. */
export interface AlarmSettings {
  readonly name: string;
  readonly arn: string;
  readonly description: string | null;
  readonly actionsEnabled: boolean;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: Statistic;
  readonly dimensions: readonly { Name: string; Value: string }[];
  readonly unit: StandardUnit | null;
  /** Seconds. */
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: StaticComparison;
  readonly missing: MissingTreatment;
}

const TREATMENTS: readonly string[] = ['missing', 'ignore', 'breaching', 'notBreaching'];

const refuse = (what: string): AwsError => new AwsError('InvalidParameterCombinationException', what);
const missing = (name: string): AwsError =>
  new AwsError(
    'MissingRequiredParameterException',
    `The parameter ${name} is required for an alarm on one metric.`,
  );
const invalid = (name: string, got: unknown, wanted: string): AwsError =>
  new AwsError('InvalidParameterValueException', `${name} is ${JSON.stringify(got)}; wanted: ${wanted}.`);

/**
 * @throws AwsError for what CloudWatch refuses, and for kinds of alarms that are not evaluated:
 * accepting an alarm that never fires would be worse.
 */
export function alarmSettings(input: PutMetricAlarmCommandInput): AlarmSettings {
  refuseUnemulated(input);
  const {
    AlarmName,
    Namespace,
    MetricName,
    Statistic,
    Period,
    EvaluationPeriods,
    Threshold,
    ComparisonOperator,
  } = input;
  if (!AlarmName) throw missing('AlarmName');
  if (!MetricName) throw missing('MetricName');
  if (!Namespace) throw missing('Namespace');
  if (!Statistic) throw missing('Statistic');
  if (Period === undefined) throw missing('Period');
  if (EvaluationPeriods === undefined) throw missing('EvaluationPeriods');
  if (Threshold === undefined) throw missing('Threshold');
  if (!ComparisonOperator) throw missing('ComparisonOperator');
  if (Period % 60 !== 0 || Period < 60)
    throw invalid('Period', Period, 'a multiple of 60 (seconds); 10, 20 and 30 are not emulated');
  if (EvaluationPeriods < 1) throw invalid('EvaluationPeriods', EvaluationPeriods, 'at least 1');
  const longest = Period < 3600 ? 86_400 : 604_800;
  if (Period * EvaluationPeriods > longest)
    throw refuse(
      `Period times EvaluationPeriods is ${Period * EvaluationPeriods} s; it must not exceed ${longest} s.`,
    );
  const datapoints = input.DatapointsToAlarm ?? EvaluationPeriods;
  if (datapoints < 1 || datapoints > EvaluationPeriods)
    throw invalid('DatapointsToAlarm', datapoints, `1 to EvaluationPeriods (${EvaluationPeriods})`);
  const treatment = input.TreatMissingData ?? 'missing';
  if (!TREATMENTS.includes(treatment)) throw invalid('TreatMissingData', treatment, TREATMENTS.join(', '));

  return {
    name: AlarmName,
    arn: arn('cloudwatch', `alarm:${AlarmName}`),
    description: input.AlarmDescription ?? null,
    actionsEnabled: input.ActionsEnabled ?? true,
    okActions: input.OKActions ?? [],
    alarmActions: input.AlarmActions ?? [],
    insufficientDataActions: input.InsufficientDataActions ?? [],
    namespace: Namespace,
    metricName: MetricName,
    statistic: Statistic,
    dimensions: completeDimensions(input.Dimensions ?? []),
    unit: input.Unit ?? null,
    period: Period,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: datapoints,
    threshold: Threshold,
    comparison: staticComparison(ComparisonOperator),
    missing: treatment as MissingTreatment,
  };
}

/** Sorted by name, so that the same dimensions in another order are the same metric. */
export function completeDimensions(dimensions: readonly Dimension[]): { Name: string; Value: string }[] {
  return dimensions
    .map(({ Name, Value }) => {
      if (!Name || !Value) throw invalid('Dimensions', { Name, Value }, 'a Name and a Value for each');
      return { Name, Value };
    })
    .sort((a, b) => (a.Name < b.Name ? -1 : 1));
}

function staticComparison(operator: string): StaticComparison {
  if (operator in COMPARISONS) return operator as StaticComparison;
  throw invalid(
    'ComparisonOperator',
    operator,
    `one of ${Object.keys(COMPARISONS).join(', ')} (anomaly detection is not emulated)`,
  );
}

function refuseUnemulated(input: PutMetricAlarmCommandInput): void {
  const notEmulated = (what: string): AwsError =>
    refuse(
      `The emulator does not emulate ${what} (alarm ${input.AlarmName ?? '?'}): it evaluates alarms on one metric with one of the five statistics against a static threshold.`,
    );
  if (input.Metrics?.length) throw notEmulated('alarms on Metrics, that is on metric math or on queries');
  if (input.ThresholdMetricId) throw notEmulated('anomaly detection (ThresholdMetricId)');
  if (input.ExtendedStatistic)
    throw notEmulated(`the percentile ExtendedStatistic ${input.ExtendedStatistic}`);
  if (input.EvaluateLowSampleCountPercentile) throw notEmulated('EvaluateLowSampleCountPercentile');
  if (
    input.EvaluationWindow &&
    'WallClockWindow' in input.EvaluationWindow &&
    input.EvaluationWindow.WallClockWindow
  )
    throw notEmulated('a WallClockWindow');
  if (input.EvaluationCriteria) throw notEmulated('EvaluationCriteria');
  if (input.EvaluationInterval !== undefined) throw notEmulated('EvaluationInterval');
  if (input.WarmUpConfiguration) throw notEmulated('WarmUpConfiguration');
  if (input.ActionConfiguration) throw notEmulated('ActionConfiguration');
  for (const action of [
    ...(input.OKActions ?? []),
    ...(input.AlarmActions ?? []),
    ...(input.InsufficientDataActions ?? []),
  ])
    if (!/^arn:[^:]+:(sns|lambda):/.test(action))
      throw notEmulated(`the action ${action}; it knows SNS topics and Lambda functions`);
}
