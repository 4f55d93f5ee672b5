import type { MetricDatum, Statistic } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../kernel/service.ts';
import { completeDimensions } from './alarm-settings.ts';
import { MINUTE_MS } from './alarm-window.ts';
import type { Bucket, MetricIdentity } from './metric-store.ts';

const invalid = (what: string): AwsError => new AwsError('InvalidParameterValueException', what);

const OLDEST_MS = 14 * 24 * 60 * MINUTE_MS;
const NEWEST_MS = 2 * 60 * MINUTE_MS;

/** A datum of PutMetricData as identity, moment and aggregate. @throws AwsError for what CloudWatch refuses */
export function readDatum(
  namespace: string,
  datum: MetricDatum,
  now: Date,
): { identity: MetricIdentity; at: Date; bucket: Bucket } {
  const { MetricName: name, Timestamp: at = now, StorageResolution = 60 } = datum;
  if (!name)
    throw new AwsError('MissingRequiredParameterException', 'MetricData needs a MetricName in each datum.');
  if (StorageResolution !== 60)
    throw new AwsError(
      'InvalidParameterCombinationException',
      `The emulator does not emulate StorageResolution ${StorageResolution} (metric ${name}): one value a minute is kept.`,
    );
  const age = now.getTime() - at.getTime();
  if (age > OLDEST_MS || age < -NEWEST_MS)
    throw invalid(
      `The timestamp ${at.toISOString()} of ${name} must be within two weeks before and two hours after now (${now.toISOString()}).`,
    );
  const identity = { namespace, name, dimensions: completeDimensions(datum.Dimensions ?? []) };
  return { identity, at, bucket: readValues(name, datum) };
}

function readValues(name: string, { Value, Values, Counts, StatisticValues }: MetricDatum): Bucket {
  const given = [Value, Values?.length ? Values : undefined, StatisticValues].filter(
    (form) => form !== undefined,
  );
  if (given.length !== 1)
    throw new AwsError(
      'InvalidParameterCombinationException',
      `${name} carries ${given.length} of Value, Values and StatisticValues; wanted: exactly one.`,
    );
  if (StatisticValues) {
    const { Minimum, Maximum, Sum, SampleCount } = StatisticValues;
    return finite(name, {
      min: Minimum ?? NaN,
      max: Maximum ?? NaN,
      sum: Sum ?? NaN,
      count: SampleCount ?? NaN,
    });
  }
  const values = Values?.length ? Values : [Value ?? NaN];
  const counts = Counts ?? values.map(() => 1);
  if (counts.length !== values.length)
    throw invalid(
      `${name} has ${values.length} Values and ${counts.length} Counts; wanted: as many of each.`,
    );
  return finite(name, {
    min: Math.min(...values),
    max: Math.max(...values),
    sum: values.reduce((sum, value, i) => sum + value * (counts[i] ?? 0), 0),
    count: counts.reduce((sum, count) => sum + count, 0),
  });
}

function finite(name: string, bucket: Bucket): Bucket {
  for (const [part, value] of Object.entries(bucket))
    if (!Number.isFinite(value))
      throw invalid(`The ${part} of ${name} is ${value}; wanted: a finite number.`);
  return bucket;
}

export function statisticOf(bucket: Bucket, statistic: Statistic): number {
  switch (statistic) {
    case 'Average':
      return bucket.sum / bucket.count;
    case 'Maximum':
      return bucket.max;
    case 'Minimum':
      return bucket.min;
    case 'SampleCount':
      return bucket.count;
    case 'Sum':
      return bucket.sum;
  }
}

const STATISTICS: readonly string[] = ['Average', 'Maximum', 'Minimum', 'SampleCount', 'Sum'];

/** @throws AwsError for percentiles and similar: they cannot be computed from the aggregates */
export function readStatistic(given: string | undefined): Statistic {
  if (given !== undefined && STATISTICS.includes(given)) return given as Statistic;
  throw new AwsError(
    'InvalidParameterCombinationException',
    `The emulator does not emulate the statistic ${given ?? '(none)'}; it knows ${STATISTICS.join(', ')}.`,
  );
}
