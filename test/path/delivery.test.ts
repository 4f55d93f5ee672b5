import { runOf } from '../../sandbox/executions.ts';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { alarmDetail } from '../fixtures/envelopes/details.ts';
import { eventBridge, notification, snsRecord, sqsRecord } from '../fixtures/envelopes/envelopes.ts';
import { classicMessage } from '../fixtures/envelopes/messages.ts';
import { transition } from '../fixtures/envelopes/transitions.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';
import { containing, matching } from '../../emulator/test/support/matching.ts';

const world = bootWorld({ settled: true }, account);

const ALARMS = 'commercial-ops-alarms';
const ALARMS_ARN = `arn:aws:sns:us-east-1:012345678901:${ALARMS}`;

/** A transition of a moment of its own, so that each test has runs of its own. */
const now = (): string => world.clock.now().toISOString();

test('1,000 deliveries of one alarm, in any envelope and order, are one run that starts Glue once', async () => {
  await makeStale(world);
  await world.until('the alarm to fire', () => world.notices(ALARMS, /^ALARM: "cur-freshness"/).length > 0);
  const [{ message } = { message: '' }] = world.notices(ALARMS, /^ALARM: "cur-freshness"/);
  const { StateChangeTime, NewStateReason } = JSON.parse(message) as Record<string, string>;
  const changedAt = (StateChangeTime ?? '').replace('+0000', 'Z');
  const facts = transition({ changedAt, reason: NewStateReason ?? '' });

  const again = snsRecord(message);
  const ok = snsRecord(
    classicMessage(transition({ state: 'OK', previous: 'ALARM', name: 'invoice-lag', changedAt })),
  );
  const batches = [
    ...Array.from({ length: 30 }, () => ({ Records: Array.from({ length: 30 }, () => again) })),
    ...Array.from({ length: 8 }, () => ({ Records: [...Array.from({ length: 9 }, () => again), ok] })),
    ...Array.from({ length: 10 }, () => ({
      Records: [sqsRecord(notification(message)), sqsRecord(message)],
    })),
    ...Array.from({ length: 7 }, () => eventBridge(alarmDetail(facts), facts)),
  ];
  // With the delivery by SNS itself: 1 + 900 + 72 + 20 + 7.
  for (let from = 0; from < batches.length; from += 8) {
    await Promise.all(batches.slice(from, from + 8).map((batch) => world.dispatch(batch)));
  }

  const runs = await world.runsAfter(0);
  expect(runs.map(({ outcome }) => outcome)).toEqual(['resolved']);
  expect(world.glueStarts()).toHaveLength(1);
  const { rows } = await world.pool.query('select run_id from responder.run');
  expect(rows).toEqual([{ run_id: runs[0]?.run }]);
});

test('OK reaches the run that waits for it, well before it would time out', async () => {
  const [execution] = world.executions();
  const callback = execution?.operations.find(({ type }) => type === 'CALLBACK');
  expect(callback).toMatchObject({ status: 'SUCCEEDED' });
  // N × period + 2 minutes would be 7.
  expect(Number(callback?.end) - Number(callback?.start)).toBeLessThan(5 * 60_000);
  const told = world
    .logged('responder-dispatcher')
    .filter((line) => line.includes('the runs that wait for this OK are woken'));
  expect(told).toEqual([containing(execution ? runOf(execution) : '')]);
});

test('OK that no run waits for is ignored', async () => {
  const ok = classicMessage(transition({ state: 'OK', previous: 'ALARM', changedAt: now() }));
  const known = world.executions().length;
  const answer = await world.dispatch({ Records: [snsRecord(ok)] });
  expect(answer).toEqual({
    handled: [{ did: 'ignored', reason: 'OK, and no run waits for it', alarm: 'cur-freshness' }],
  });
  expect(world.executions()).toHaveLength(known);
});

test('an unknown alarm and garbage are shown to people and kept, and the good record beside them starts its run', async () => {
  const { cloudwatch } = world.services;
  const likeOurs = cloudwatch.alarms.get('cur-freshness')?.settings;
  await cloudwatch.putAlarm({
    AlarmName: 'disk-full',
    Namespace: likeOurs?.namespace,
    MetricName: 'disk_full',
    Statistic: 'Minimum',
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
  });
  await world.setAlarm('disk-full', 'ALARM');
  const unknown = JSON.stringify(classicMessage(transition({ name: 'disk-full', changedAt: now() })));
  const garbage = 'Disk on fire, please call Bob ☎';
  const known = world.executions().length;
  await world.setAlarm('cur-freshness', 'ALARM');
  const good = classicMessage(transition({ changedAt: now() }));
  const answer = await world.dispatch({ Records: [garbage, unknown, good].map((body) => snsRecord(body)) });
  expect(answer).toMatchObject({
    handled: [
      { did: 'reported-unrecognised', reason: 'text that is no JSON' },
      { did: 'reported-unrecognised', reason: 'no playbook has the alarm "disk-full"' },
      // Perhaps SNS has been faster.
      { did: matching(/^(already-)?started$/), alarm: 'cur-freshness' },
    ],
  });
  const messages = world.notices('commercial-ops-sre', /^unrecognised message/);
  expect(messages).toHaveLength(2);
  const bodies = await Promise.all(messages.map(({ message }) => keptBody(message)));
  expect(bodies.sort()).toEqual([garbage, unknown].sort());
  // Nobody knows what stands in a stranger's message: people are told where it is, not what.
  for (const { message } of messages) expect(message).not.toMatch(/Bob|disk-full is/);
  const runs = await world.runsAfter(known);
  expect(runs).toMatchObject([{ playbook: 'cur-freshness', outcome: 'self-healed' }]);
});

test('what anybody publishes to the topic and nobody understands is reported once, however often it comes', async () => {
  // Of what came within this hour people were told.
  await world.pass(60);
  for (const Message of ['{"half": "a mess', '{"half": "a mess']) {
    await world.aws.sns.send(new PublishCommand({ TopicArn: ALARMS_ARN, Message }));
    await world.clock.idle();
  }
  expect(world.notices('commercial-ops-sre', /^unrecognised message: "text that is no JSON"/)).toHaveLength(
    2,
  );
});

/** The body behind `kept at   s3://bucket/key`, fetched as a person would. */
async function keptBody(message: string): Promise<string> {
  const [, Bucket, Key] = /s3:\/\/([^/]+)\/(\S+)/.exec(message) ?? [];
  const { Body } = await world.aws.s3.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}

test('ALARM again while a run is open joins it; with none open it starts one', async () => {
  await world.pass(30);
  await makeStale(world);
  const known = world.executions().length;
  const starts = world.glueStarts().length;
  await world.until('a run to act', () => world.glueStarts().length > starts);
  // The alarm changes again, later than it did before.
  await world.pass(1 / 60);
  const again = async (): Promise<void> => {
    await world.setAlarm('cur-freshness', 'OK');
    await world.pass(1 / 60);
    await world.setAlarm('cur-freshness', 'ALARM');
  };
  await again();
  const second = () => world.executions()[known + 1];
  await world.until('the second run to end', () => second()?.status === 'SUCCEEDED', 1);
  const first = await world.run(runOf(world.executions()[known] ?? { input: {} }));
  expect(first.outcome).toBeNull();
  expect(await world.run(runOf(second() ?? { input: {} }))).toMatchObject({
    outcome: 'refused',
    why: `guard open-run: run ${first.run} is already at work on this target`,
    joinedRun: first.run,
    incident: first.incident,
  });

  const ended = await world.runsAfter(known, 2);
  expect(ended.map(({ outcome }) => outcome)).toEqual(['resolved', 'refused']);
  expect(world.glueStarts()).toHaveLength(starts + 1);
  const before = world.executions().length;
  await again();
  expect(await world.runsAfter(before)).toMatchObject([{ outcome: 'self-healed' }]);
});
