import { signals } from '../../lambdas/catalog/signals/registry.ts';
import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';

/** A deployment's own pace: signals that read every cost line are measured hourly while they are healthy. */
const world = bootWorld({ settled: true, pace: { slowSignals: 3_600 } }, account);

const slow = signals.filter((signal) => signal.slow).map(({ metric }) => metric);
const states = () =>
  world.services.cloudwatch.alarms
    .all()
    .filter(({ settings }) => slow.some((metric) => metric === settings.metricName))
    .map(({ settings, state }) => `${settings.name} ${state.value}`);

test('they cost a query an hour, their alarms always have data, and a fault is found within the hour', async () => {
  expect(slow.sort()).toEqual(['allocation_variance_pct', 'cur_freshness_days', 'tag_coverage_pct']);
  let queries = 0;
  const unwatch = world.watch((seen) => {
    if (seen.kind === 'call' && seen.call.operation === 'StartQueryExecution') queries += 1;
  });
  for (let minute = 0; minute < 120; minute += 5) {
    await world.pass(5);
    expect(states().filter((state) => !state.endsWith(' OK'))).toEqual([]);
  }
  unwatch();
  expect(queries).toBeGreaterThanOrEqual(1);
  expect(queries).toBeLessThanOrEqual(3);
  expect(world.executions()).toEqual([]);

  await makeStale(world);
  const began = world.clock.now().getTime();
  await world.until('a run for the stale costs', () => world.executions().length > 0, 66);
  const [run] = await world.runsAfter(0);
  expect(run).toMatchObject({ playbook: 'cur-freshness', outcome: 'resolved' });
  expect(world.clock.now().getTime() - began).toBeLessThan(150 * 60_000);
  await world.pass(15);
  expect(states().filter((state) => !state.endsWith(' OK'))).toEqual([]);
});
