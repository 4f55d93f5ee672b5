import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { arn } from '../../emulator/kernel/places.ts';
import type { Services } from '../../sandbox/services.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';

const TOPIC = arn('sns', 'ops-alarms');
const THEIRS = 'billing-cur-stale';

/** An account with an alarm and a topic of its own, from long before the responder. */
async function before({ sns, cloudwatch }: Services): Promise<void> {
  await sns.createTopic({ name: 'ops-alarms' });
  await cloudwatch.putAlarm({
    AlarmName: THEIRS,
    Namespace: 'CommercialOps',
    MetricName: 'cur_freshness_days',
    Statistic: 'Minimum',
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 2,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'missing',
    AlarmActions: [TOPIC],
    OKActions: [TOPIC],
  });
}

const world = bootWorld(
  {
    settled: true,
    before,
    deployment: {
      alarms: { 'cur-freshness': { existing: THEIRS, topic: TOPIC } },
      playbooks: { 'quota-reached': 'off' },
      acknowledge: false,
    },
    // The world was made by a deployment that had no such alarm.
    holds: ({ services }) => services.cloudwatch.alarms.delete('cur-freshness'),
  },
  account,
);

test('an alarm of the account starts a run by its own topic, and its OK ends it', async () => {
  await makeStale(world);
  const [run] = await world.runsAfter(0);
  expect(run).toMatchObject({ playbook: 'cur-freshness', outcome: 'resolved' });
  expect(world.executions()[0]?.input).toMatchObject({
    cause: { kind: 'alarm', alarm: { name: 'cur-freshness', arn: arn('cloudwatch', `alarm:${THEIRS}`) } },
  });
  // Its OK came by their topic, too.
  const callback = world.executions()[0]?.operations.find(({ type }) => type === 'CALLBACK');
  expect(callback).toMatchObject({ status: 'SUCCEEDED' });
  expect(world.services.cloudwatch.alarms.get(THEIRS)?.state.value).toBe('OK');
  const texts = world.notices('commercial-ops-sre').map(({ message }) => message);
  expect(texts.join('\n')).toContain(`in CloudWatch “${THEIRS}”`);
  // Without the page, messages have the command alone.
  expect(texts.join('\n')).not.toMatch(/Or open: http/);
});

test('what else is on their topic is for others: nobody hears of it from us', async () => {
  const { sns } = world.services;
  const heard = world.notices('commercial-ops-sre').length;
  for (const message of [
    'a budget was exceeded',
    JSON.stringify({ AlarmName: 'disk-full', NewStateValue: 'ALARM' }),
  ])
    await sns.publish({ topicArn: TOPIC, message }, { arn: 'arn:aws:iam::012345678901:root' });
  await world.pass(1);
  expect(world.notices('commercial-ops-sre')).toHaveLength(heard);
});

test('a playbook that is off is answered: its run is refused on record, and people are notified', async () => {
  const known = world.executions().length;
  await world.setAlarm('quota-reached', 'ALARM');
  const [run] = await world.runsAfter(known);
  expect(run).toMatchObject({ playbook: 'quota-reached', outcome: 'refused' });
  expect(run?.why).toEqual(matching(/quota-reached is off in the configuration: remove "playbooks"/));
  expect(world.notices('commercial-ops-sre', /quota-reached|ACTION NEEDED/).length).toBeGreaterThan(0);
});
