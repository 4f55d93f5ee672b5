import type { CloudWatch, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { ReadTools } from '../../platform/clients.ts';
import type { Log } from '../../platform/log.ts';
import { arnOf, type Permissions } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { queriesIn } from '../../catalog/probes/athena-query.ts';
import { athenaUse, type AthenaUse } from './athena-use.ts';
import type { Day } from '../../platform/calendar.ts';

export interface LambdaUse {
  readonly invocations: number;
  /** Decimal text. */
  readonly gbSeconds: string;
  /** Functions without figures in CloudWatch. */
  readonly unknown: string[];
}

/** The responder's use of AWS on a day. Undefined is unknown, not zero. */
export interface CloudUse {
  readonly lambda: LambdaUse | undefined;
  readonly athena: AthenaUse | undefined;
}

type Tools = Pick<ReadTools, 'cloudwatch' | 'lambda' | 'athena'>;

/** Neither may stop the report: what fails is unknown. */
export async function cloudUse(tools: Tools, settings: Settings, day: Day, log: Log): Promise<CloudUse> {
  const known = <T>(what: string, use: Promise<T>): Promise<T | undefined> =>
    use.catch((error: unknown) => {
      log.warn(`how much ${what} was used is unknown`, { error });
      return undefined;
    });
  const [lambda, athena] = await Promise.all([
    known('of Lambda', lambdaUse(tools, settings.functions, day)),
    known('of Athena', athenaUse(tools, settings, day)),
  ]);
  return { lambda, athena };
}

/**
 * CloudWatch's sums of `Duration` and `Invocations`. A function that was not called looks like one
 * without metrics: both are named, never counted as zero.
 */
async function lambdaUse(
  tools: Tools,
  functions: readonly string[],
  day: Day,
): Promise<LambdaUse | undefined> {
  const sums = await metricSums(await tools.cloudwatch(), functions, day);
  const known = functions.filter((name) => sums.has(`${name} Duration`));
  if (known.length === 0) return undefined;
  const of = (name: string, metric: string): number => sums.get(`${name} ${metric}`) ?? 0;
  const gbMs = await Promise.all(
    known.map(async (name) => of(name, 'Duration') * ((await memoryMb(tools, name)) / 1_024)),
  );
  return {
    invocations: known.reduce((sum, name) => sum + of(name, 'Invocations'), 0),
    gbSeconds: (gbMs.reduce((sum, one) => sum + one, 0) / 1_000).toFixed(3),
    unknown: functions.filter((name) => !known.includes(name)),
  };
}

const METRICS = ['Duration', 'Invocations'] as const;
/** Five minutes divide a day of any zone, and CloudWatch keeps them for 63 days. */
const PERIOD_SECONDS = 300;

async function metricSums(
  cloudwatch: CloudWatch,
  functions: readonly string[],
  day: Day,
): Promise<Map<string, number>> {
  const wanted = functions.flatMap((name) => METRICS.map((metric) => ({ name, metric })));
  const queries = wanted.map(({ name, metric }, i): MetricDataQuery => {
    const Dimensions = [{ Name: 'FunctionName', Value: name }];
    const Metric = { Namespace: 'AWS/Lambda', MetricName: metric, Dimensions };
    return { Id: `m${i}`, MetricStat: { Metric, Period: PERIOD_SECONDS, Stat: 'Sum' } };
  });
  const sums = new Map<string, number>();
  if (queries.length === 0) return sums;
  const range = { StartTime: new Date(day.from), EndTime: new Date(day.until) };
  for await (const page of cloudwatch.paginateGetMetricData({ MetricDataQueries: queries, ...range })) {
    for (const { Id, Values = [] } of page.MetricDataResults ?? []) {
      const of = wanted[Number(Id?.slice(1))];
      if (!of || Values.length === 0) continue;
      const key = `${of.name} ${of.metric}`;
      sums.set(
        key,
        Values.reduce((sum, value) => sum + value, sums.get(key) ?? 0),
      );
    }
  }
  return sums;
}

/** Billed memory: the present configuration. */
async function memoryMb(tools: Tools, name: string): Promise<number> {
  const lambda = await tools.lambda();
  const { MemorySize } = await lambda.getFunctionConfiguration({ FunctionName: name });
  if (MemorySize === undefined) throw new Error(`Lambda did not say how much memory ${name} has`);
  return MemorySize;
}

export const cloudUsePermissions: Permissions = (settings) => [
  // Metrics have no ARN.
  { actions: ['cloudwatch:GetMetricData'], resources: ['*'] },
  {
    actions: ['lambda:GetFunctionConfiguration'],
    resources: settings.functions.map((name) => arnOf(settings, 'lambda', `function:${name}`)),
  },
  {
    actions: ['athena:ListQueryExecutions', 'athena:BatchGetQueryExecution'],
    resources: [arnOf(settings, 'athena', `workgroup/${queriesIn(settings).workgroup}`)],
  },
];
