import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { signals } from '../../lambdas/catalog/signals/registry.ts';
import type { Measured } from '../../lambdas/catalog/signals/publish.ts';
import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';
import { matching } from '../../emulator/test/support/matching.ts';

const world = bootWorld({ settled: true }, account);

const metrics = signals.map(({ metric }) => metric);

async function measure(): Promise<Measured> {
  const { Payload, FunctionError } = await world.aws.lambda.send(
    new InvokeCommand({ FunctionName: 'responder-signals', Payload: '{}' }),
  );
  expect(FunctionError).toBeUndefined();
  return JSON.parse(Payload?.transformToString() ?? '') as Measured;
}

/** The highest value published within the last minute, as CloudWatch reports it. */
async function published(metric: string): Promise<number | undefined> {
  const now = world.clock.now();
  const { Datapoints = [] } = await world.aws.cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'CommercialOps',
      MetricName: metric,
      Period: 60,
      Statistics: ['Maximum'],
      StartTime: new Date(now.getTime() - 60_000),
      EndTime: new Date(now.getTime() + 60_000),
    }),
  );
  return Datapoints.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).at(-1)?.Maximum;
}

/** Over to a minute without datapoints of the schedule's, so that only ours are seen. */
const newMinute = (): Promise<void> => world.pass(2);

test('each signal is published as its worst value, and nothing else is: each metric costs money', async () => {
  await makeStale(world, ['athena']);
  await newMinute();
  const { values, where, unmeasured } = await measure();
  expect(unmeasured).toEqual({});
  expect(Object.keys(values).sort()).toEqual(metrics.toSorted());
  expect(await published('cur_freshness_days')).toBe(values['cur_freshness_days']);
  expect(values['cur_freshness_days']).toBeGreaterThan(4);
  expect(where['cur_freshness_days']).toEqual({ Copy: 'athena' });
  expect(await published('signals_unmeasured')).toBe(0);
  const ours = world.services.cloudwatch.metrics
    .list()
    .filter(({ identity }) => identity.namespace === 'CommercialOps')
    .map(({ identity }) => [identity.name, ...identity.dimensions]);
  expect(ours.sort()).toEqual([...metrics, 'signals_unmeasured'].map((metric) => [metric]).sort());
});

test('one that cannot be measured does not keep the others back, is counted, and raises signals-missing', async () => {
  const { pool } = world;
  await world.heal();
  await newMinute();
  await pool.query('revoke select on budget_master from responder_signals');
  try {
    const { values, unmeasured } = await measure();
    expect(unmeasured).toEqual({
      budget_age_hours: matching(/permission denied.*budget_master/),
    });
    expect(Object.keys(values).sort()).toEqual(
      metrics.filter((metric) => metric !== 'budget_age_hours').sort(),
    );
    expect(await published('cur_freshness_days')).toBe(values['cur_freshness_days']);
    expect(await published('signals_unmeasured')).toBe(1);
    const missing = (): boolean => world.executions().some(({ name }) => name.startsWith('signals-missing'));
    await world.until('a run for the signals that are missing', missing, 60);
  } finally {
    await pool.query('grant select on budget_master to responder_signals');
  }
});
