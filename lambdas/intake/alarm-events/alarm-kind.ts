import type * as z from 'zod';
import type { AlarmKind } from '../../domain/alarm.ts';
import { isObject, own, ownText, type JsonObject } from './json.ts';

type Kind = z.infer<typeof AlarmKind>;

/** `p99`, `p99.9`, and the trimmed and winsorised relatives `tm90`, `PR(100:2000)`, `IQM`. */
const EXTENDED_STATISTIC = /^(p|tm|wm|tc|ts)\d|^(tm|wm|tc|ts|pr)\(|^iqm$/i;

/**
 * An anomaly alarm is a metric-math alarm whose expression is a band; a single metric may come as a
 * list of one.
 */
function kindOfMetrics(metrics: unknown, stat: (metric: JsonObject) => string | undefined): Kind {
  const list = Array.isArray(metrics) ? metrics.filter(isObject) : [];
  const expressions = list.flatMap(
    (metric) => ownText(metric, 'Expression') ?? ownText(metric, 'expression') ?? [],
  );
  if (expressions.some((expression) => expression.includes('ANOMALY_DETECTION_BAND'))) return 'anomaly';
  if (expressions.length > 0) return 'metric-math';
  return list.some((metric) => EXTENDED_STATISTIC.test(stat(metric) ?? '')) ? 'percentile' : 'metric';
}

/** By an SNS message's `Trigger`; composite alarms have none. */
export function kindOfMessage(message: JsonObject): Kind {
  if (ownText(message, 'AlarmRule') ?? own(message, 'TriggeringChildren')) return 'composite';
  const trigger = own(message, 'Trigger');
  if (!isObject(trigger)) return 'metric';
  if (ownText(trigger, 'ThresholdMetricId')) return 'anomaly';
  if (ownText(trigger, 'ExtendedStatistic')) return 'percentile';
  return kindOfMetrics(own(trigger, 'Metrics'), (metric) => {
    const stat = own(metric, 'MetricStat');
    return isObject(stat) ? ownText(stat, 'Stat') : undefined;
  });
}

/** By the `configuration` of an EventBridge event or a direct invocation. */
export function kindOfConfiguration(configuration: unknown): Kind {
  if (!isObject(configuration)) return 'metric';
  if (ownText(configuration, 'alarmRule')) return 'composite';
  if (ownText(configuration, 'thresholdMetricId')) return 'anomaly';
  return kindOfMetrics(own(configuration, 'metrics'), (metric) => {
    const stat = own(metric, 'metricStat');
    return isObject(stat) ? ownText(stat, 'stat') : undefined;
  });
}
