import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';

/** Anybody with `cloudwatch:PutMetricData` can write into the namespace; alarms watch the best of a period. */
const world = bootWorld({ each: true, settled: true }, account);

const standsSince = () => world.services.cloudwatch.alarms.get('cur-freshness')?.state.value;
const send = (Value: number) =>
  world.aws.cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'CommercialOps',
      MetricData: [{ MetricName: 'cur_freshness_days', Value }],
    }),
  );

test('one zero every four minutes silences the alarm, and no longer the responder', async () => {
  await makeStale(world);
  const states = new Set<string | undefined>();
  let minutes = 0;
  for (; minutes < 360 && world.executions().length === 0; minutes += 4) {
    await send(0);
    await world.pass(4);
    states.add(standsSince());
  }
  expect(states).not.toContain('ALARM');
  expect(minutes).toBeLessThan(60);
  expect(world.executions()[0]?.input).toMatchObject({
    playbook: 'cur-freshness',
    cause: {
      kind: 'sweep',
      alarm: { name: 'cur-freshness', reason: matching(/^The metric is not what was measured/) },
    },
  });
  expect(world.notices('commercial-ops-sre', /^\[not measured\] Alarm cur-freshness is silent/)).toHaveLength(
    1,
  );
  const [first, ...others] = await world.runsAfter(0);
  expect(first?.outcome).toBe('resolved');
  // The critical alarm of the playbook is silent, too: its run joins.
  for (const { outcome } of others) expect(outcome).toBe('refused');
  expect(world.glueStarts()).toHaveLength(1);

  // He goes on: the samples are more than ours.
  const foreign = /^ALARM: "responder-signals-foreign-cur-freshness-days"/;
  for (; minutes < 360 && world.notices('commercial-ops-sre', foreign).length === 0; minutes += 4) {
    await send(0);
    await world.pass(4);
  }
  expect(world.notices('commercial-ops-sre', foreign)).toHaveLength(1);
  expect(minutes).toBeLessThan(120);
});

test('without it the alarm rings, its run is the alarm’s, and nobody hears of foreign data', async () => {
  await makeStale(world);
  const runs = await world.runsAfter(0);
  expect(world.executions()[0]?.input).toMatchObject({ cause: { kind: 'alarm' } });
  expect(runs).toMatchObject([{ outcome: 'resolved' }]);
  await world.pass(120);
  expect(world.executions()).toHaveLength(1);
  expect(world.notices('commercial-ops-sre', /not measured|^ALARM.*foreign/)).toEqual([]);
});
