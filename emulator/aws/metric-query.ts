import type {
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  GetMetricStatisticsCommandInput,
  GetMetricStatisticsCommandOutput,
  MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../kernel/service.ts';
import { completeDimensions } from './alarm-settings.ts';
import { MINUTE_MS } from './alarm-window.ts';
import type { Bucket, MetricIdentity, MetricStore } from './metric-store.ts';
import { readStatistic, statisticOf } from './metric-data.ts';

type Output<T> = Omit<T, '$metadata'>;

const notEmulated = (what: string): AwsError =>
  new AwsError('InvalidParameterCombinationException', `The emulator does not emulate ${what}.`);

const MOST_DATAPOINTS = 1440;

export function getMetricStatistics(
  metrics: MetricStore,
  input: GetMetricStatisticsCommandInput,
): Output<GetMetricStatisticsCommandOutput> {
  if (input.ExtendedStatistics?.length)
    throw notEmulated(`percentiles (${input.ExtendedStatistics.join(', ')})`);
  const statistics = (input.Statistics ?? []).map(readStatistic);
  if (statistics.length === 0)
    throw new AwsError(
      'MissingRequiredParameterException',
      'GetMetricStatistics needs at least one of Statistics.',
    );
  const identity = identityOf(input.Namespace, input.MetricName, input.Dimensions);
  const periods = periodsOf(input.StartTime, input.EndTime, input.Period);
  if (periods.length > MOST_DATAPOINTS)
    throw new AwsError(
      'InvalidParameterCombinationException',
      `You have requested up to ${periods.length} datapoints, which exceeds the limit of ${MOST_DATAPOINTS}. ` +
        'You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
    );
  const units = input.Unit ? [input.Unit] : metrics.units(identity);
  const Datapoints = units.flatMap((unit) =>
    periods.flatMap(([start, end]) => {
      const bucket = metrics.read(identity, start, end, unit);
      if (!bucket) return [];
      const values = Object.fromEntries(statistics.map((name) => [name, statisticOf(bucket, name)]));
      return [{ Timestamp: new Date(start), Unit: unit, ...values }];
    }),
  );
  return { Label: identity.name, Datapoints };
}

export function getMetricData(
  metrics: MetricStore,
  input: GetMetricDataCommandInput,
): Output<GetMetricDataCommandOutput> {
  if (input.LabelOptions) throw notEmulated('LabelOptions');
  if (input.NextToken)
    throw new AwsError('InvalidNextToken', 'GetMetricData answers in one page here; it gave no token.');
  const results = (input.MetricDataQueries ?? []).flatMap((query) => {
    const { identity, periods, stat, unit, id } = readQuery(query, input);
    if (query.ReturnData === false) return [];
    const found = periods.flatMap(([start, end]): [Date, Bucket][] => {
      const bucket = metrics.read(identity, start, end, unit);
      return bucket ? [[new Date(start), bucket]] : [];
    });
    if (input.ScanBy !== 'TimestampAscending') found.reverse();
    return [
      {
        Id: id,
        Label: query.Label ?? identity.name,
        StatusCode: 'Complete' as const,
        Timestamps: found.map(([at]) => at),
        Values: found.map(([, bucket]) => statisticOf(bucket, stat)),
      },
    ];
  });
  const total = results.reduce((sum, { Values }) => sum + Values.length, 0);
  if (input.MaxDatapoints !== undefined && total > input.MaxDatapoints)
    throw notEmulated(
      `paging of GetMetricData (${total} datapoints, MaxDatapoints ${input.MaxDatapoints}); request fewer datapoints`,
    );
  return { MetricDataResults: results, Messages: [] };
}

function readQuery(query: MetricDataQuery, input: GetMetricDataCommandInput) {
  const id = query.Id ?? '?';
  if (query.Expression !== undefined)
    throw notEmulated(
      `the expression of query ${id} (${query.Expression}); it reads single metrics (MetricStat)`,
    );
  if (query.AccountId) throw notEmulated(`AccountId (query ${id})`);
  const { MetricStat: stat } = query;
  if (!stat) throw new AwsError('MissingRequiredParameterException', `Query ${id} has no MetricStat.`);
  return {
    id,
    identity: identityOf(stat.Metric?.Namespace, stat.Metric?.MetricName, stat.Metric?.Dimensions),
    periods: periodsOf(input.StartTime, input.EndTime, stat.Period),
    stat: readStatistic(stat.Stat),
    unit: stat.Unit,
  };
}

function identityOf(
  namespace: string | undefined,
  name: string | undefined,
  dimensions: GetMetricStatisticsCommandInput['Dimensions'],
): MetricIdentity {
  if (!namespace || !name)
    throw new AwsError('MissingRequiredParameterException', 'Both Namespace and MetricName are required.');
  return { namespace, name, dimensions: completeDimensions(dimensions ?? []) };
}

/** Unlike an alarm's windows these begin at the requested start, rounded down to its minute. */
function periodsOf(
  start: Date | undefined,
  end: Date | undefined,
  seconds: number | undefined,
): [number, number][] {
  if (!start || !end || !seconds)
    throw new AwsError('MissingRequiredParameterException', 'StartTime, EndTime and Period are required.');
  if (seconds % 60 !== 0)
    throw new AwsError(
      'InvalidParameterValueException',
      `Period is ${seconds}; wanted: a multiple of 60 seconds.`,
    );
  if (start >= end)
    throw new AwsError(
      'InvalidParameterValueException',
      `StartTime ${start.toISOString()} must be before EndTime ${end.toISOString()}.`,
    );
  const periods: [number, number][] = [];
  const first = Math.floor(start.getTime() / MINUTE_MS) * MINUTE_MS;
  for (let at = first; at < end.getTime(); at += seconds * 1000) periods.push([at, at + seconds * 1000]);
  return periods;
}
