import type {
  DescribeAlarmsCommandOutput,
  GetMetricDataCommandOutput,
  GetMetricStatisticsCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import { javaDouble } from '../../aws/alarm-reason.ts';
import { slidingPeriods } from '../../aws/alarm-window.ts';
import { cloudWatchDefinition } from '../../aws/cloudwatch-operations.ts';
import { ROOT } from '../../kernel/credentials.ts';
import { freshness, makeWorld, pass } from './world.ts';

let world: ReturnType<typeof makeWorld>;

beforeEach(() => {
  world = makeWorld();
});

afterEach(() => {
  world.cloudWatch.stop();
  world.clock.stop();
});

/** Calls an operation as the wire does. */
async function call<T = unknown>(name: string, input: unknown): Promise<T> {
  const op = cloudWatchDefinition(world.cloudWatch).operations[name];
  if (!op) throw new Error(`no operation ${name}`);
  return (await op.handle(input as never, { requestId: 'r', principal: ROOT, now: world.clock.now() })) as T;
}

const cpu = {
  Namespace: 'AWS/EC2',
  MetricName: 'CPUUtilization',
  Dimensions: [{ Name: 'InstanceId', Value: 'i-1' }],
};
const at = (time: string) => new Date(`2026-11-23T${time}Z`);

async function putCpu(time: string, rest: object): Promise<void> {
  const { Namespace, ...metric } = cpu;
  await call('PutMetricData', {
    Namespace,
    MetricData: [{ ...metric, Timestamp: at(time), Unit: 'Percent', ...rest }],
  });
}

test('values, counts and statistic sets of one minute become one datapoint', async () => {
  await putCpu('13:50:05', { Value: 10 });
  await putCpu('13:50:30', { Values: [20, 40], Counts: [2, 1] });
  await putCpu('13:50:59', { StatisticValues: { Minimum: 5, Maximum: 50, Sum: 55, SampleCount: 2 } });
  const { Datapoints, Label } = await call<GetMetricStatisticsCommandOutput>('GetMetricStatistics', {
    ...cpu,
    StartTime: at('13:50:30'),
    EndTime: at('14:00:00'),
    Period: 60,
    Statistics: ['Average', 'Minimum', 'Maximum', 'Sum', 'SampleCount'],
  });
  expect(Label).toBe('CPUUtilization');
  expect(Datapoints).toEqual([
    {
      Timestamp: at('13:50:00'),
      Unit: 'Percent',
      Average: 145 / 6,
      Minimum: 5,
      Maximum: 50,
      Sum: 145,
      SampleCount: 6,
    },
  ]);
});

test('GetMetricData: newest first, several minutes to a period, hidden queries left out', async () => {
  for (const [time, Value] of [
    ['13:40:00', 1],
    ['13:44:00', 3],
    ['13:45:00', 9],
  ] as const)
    await putCpu(time, { Value });
  const { Namespace, MetricName, Dimensions } = cpu;
  const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Period: 300, Stat: 'Sum' };
  const { MetricDataResults } = await call<GetMetricDataCommandOutput>('GetMetricData', {
    StartTime: at('13:40:00'),
    EndTime: at('13:55:00'),
    MetricDataQueries: [
      { Id: 'a', MetricStat },
      { Id: 'b', MetricStat, ReturnData: false },
    ],
  });
  expect(MetricDataResults).toEqual([
    {
      Id: 'a',
      Label: 'CPUUtilization',
      StatusCode: 'Complete',
      Timestamps: [at('13:45:00'), at('13:40:00')],
      Values: [9, 4],
    },
  ]);
});

test.each([
  ['PutMetricData', { Namespace: 'N', MetricData: [{ MetricName: 'm', Value: NaN }] }, /finite/],
  [
    'PutMetricData',
    { Namespace: 'N', MetricData: [{ MetricName: 'm', Value: 1, Values: [2] }] },
    /exactly one/,
  ],
  [
    'PutMetricData',
    { Namespace: 'N', MetricData: [{ MetricName: 'm', Value: 1, StorageResolution: 1 }] },
    /StorageResolution/,
  ],
  [
    'PutMetricData',
    { Namespace: 'N', MetricData: [{ MetricName: 'm', Value: 1, Timestamp: at('20:00:00') }] },
    /two hours/,
  ],
  [
    'GetMetricData',
    {
      StartTime: at('13:00:00'),
      EndTime: at('14:00:00'),
      MetricDataQueries: [{ Id: 'e', Expression: 'm1*2' }],
    },
    /expression/,
  ],
  [
    'GetMetricStatistics',
    { ...cpu, StartTime: at('13:00:00'), EndTime: at('14:00:00'), Period: 60, ExtendedStatistics: ['p99'] },
    /percentiles/,
  ],
])('%s refuses what it does not emulate or AWS does not take', async (name, input, fault) => {
  await expect(call(name, input)).rejects.toThrow(fault);
});

test('one bad datum keeps the whole PutMetricData out', async () => {
  const MetricData = [
    { MetricName: 'good', Value: 1 },
    { MetricName: 'bad', Value: Infinity },
  ];
  await expect(call('PutMetricData', { Namespace: 'N', MetricData })).rejects.toThrow(/bad/);
  expect(world.cloudWatch.metrics.list()).toEqual([]);
});

test('datapoints older than 15 days are forgotten, in the store too', async () => {
  await call('PutMetricData', {
    Namespace: 'N',
    MetricData: [{ MetricName: 'm', Value: 1, Timestamp: at('14:00:00') }],
  });
  const stored = world.store.collection('cloudwatch.metric');
  expect(stored.all()).toHaveLength(1);
  await world.cloudWatch.metrics.prune(new Date('2026-12-08T13:00:00Z'));
  expect(stored.all()).toHaveLength(1);
  await world.cloudWatch.metrics.prune(new Date('2026-12-08T15:00:00Z'));
  expect(stored.all()).toEqual([]);
});

test('DescribeAlarms filters, pages and shows the evaluation state', async () => {
  for (const name of ['b-two', 'a-one', 'b-one'])
    await world.cloudWatch.putAlarm({ ...freshness, AlarmName: name });
  await world.cloudWatch.setEvaluationState('a-one', 'PARTIAL_DATA');
  await pass(world.clock, 60);
  const describe = (input: object) => call<DescribeAlarmsCommandOutput>('DescribeAlarms', input);
  const names = async (input: object) =>
    (await describe(input)).MetricAlarms?.map(({ AlarmName }) => AlarmName);
  expect(await names({})).toEqual(['a-one', 'b-one', 'b-two']);
  expect(await names({ AlarmNamePrefix: 'b-' })).toEqual(['b-one', 'b-two']);
  expect(await names({ AlarmNames: ['a-one', 'unknown'] })).toEqual(['a-one']);
  expect(await names({ StateValue: 'OK' })).toEqual([]);
  expect(await names({ AlarmTypes: ['CompositeAlarm'] })).toEqual([]);
  const page = await describe({ MaxRecords: 2 });
  expect(await names({ MaxRecords: 2, NextToken: page.NextToken })).toEqual(['b-two']);
  expect(page.MetricAlarms?.[0]).toMatchObject({
    StateValue: 'ALARM',
    EvaluationState: 'PARTIAL_DATA',
    Threshold: 2,
  });
  expect(page.CompositeAlarms).toEqual([]);
});

test('windows slide by the minute and end with the last full one', () => {
  const periods = slidingPeriods(at('14:03:59.999'), 300, 2);
  expect(periods.map(({ start, end }) => [new Date(start), new Date(end)])).toEqual([
    [at('13:53:00'), at('13:58:00')],
    [at('13:58:00'), at('14:03:00')],
  ]);
});

test.each([
  [2, '2.0'],
  [4.2, '4.2'],
  [0, '0.0'],
  [-1, '-1.0'],
  [15_078_544_179.2, '1.50785441792E10'],
  [10_000_000, '1.0E7'],
  [9_999_999, '9999999.0'],
  [0.0005, '5.0E-4'],
  [0.001, '0.001'],
])('%d is written %s', (value, text) => expect(javaDouble(value)).toBe(text));
