import type { CloudWatch, Datapoint } from '@aws-sdk/client-cloudwatch';
import { evidenceOf, type Evidence } from '../../domain/evidence.ts';
import type { Permissions } from '../../platform/iam.ts';

interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimension?: { readonly Name: string; readonly Value: string };
  readonly statistic: 'Average' | 'Maximum' | 'Sum';
}

/** Metrics have no ARN. */
export const metricPermissions: Permissions = () => [
  { actions: ['cloudwatch:GetMetricStatistics'], resources: ['*'] },
];

/** A metric's values in the time before `now`, minute by minute: CloudWatch gives at most 1,440. */
export async function metricStatistics(
  cloudwatch: CloudWatch,
  { namespace, name, dimension, statistic }: Metric,
  now: Date,
  windowMs: number,
): Promise<{ datapoints: Datapoint[]; evidence: Evidence }> {
  const parameters = {
    Namespace: namespace,
    MetricName: name,
    ...(dimension && { Dimensions: [dimension] }),
    StartTime: new Date(now.getTime() - windowMs),
    EndTime: now,
    // A datapoint has its period's begin: a longer period would make it look older.
    Period: 60,
    Statistics: [statistic],
  };
  const { Datapoints = [] } = await cloudwatch.getMetricStatistics(parameters);
  return {
    datapoints: Datapoints,
    evidence: evidenceOf('cloudwatch:GetMetricStatistics', parameters, Datapoints),
  };
}
