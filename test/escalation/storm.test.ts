import { notificationMessage, notificationSubject } from '../../emulator/aws/alarm-notification.ts';
import { change, reconciled, running, SLIGHTLY, spoil, WARNS } from '../../sandbox/faults/billing-chain.ts';
import { hoursAgo } from '../../sandbox/faults/steps.ts';
import { knownTransition } from '../support/known-transition.ts';
import { bootWorld } from '../support/world.ts';

/**
 * One stale report, and below it every alarm of the chain flutters. `RESPONDER_STORM=500 npx jest test/escalation/storm` is
 * the whole storm; here it blows less hard, for each transition is a run of its own.
 */

const STORM = Number(process.env['RESPONDER_STORM'] ?? 40);
const SECONDS = 10;
const ALARMS = [
  'cur-freshness',
  'allocation-variance',
  'allocation-variance-critical',
  'recon-failed',
  'recon-failed-critical',
];

const world = bootWorld({ settled: true });
beforeAll(async () => {
  const month = running(world);
  await reconciled(running)(world);
  await change(running, spoil(SLIGHTLY), WARNS)(world);
  await world.services.commercialOps.setIngested(hoursAgo(world, 103), ['athena'], [month]);
});

/** As CloudWatch publishes it: each transition has a moment of its own. */
async function flutter(i: number, began: number): Promise<void> {
  const { cloudwatch, sns } = world.services;
  const name = ALARMS[i % ALARMS.length] ?? '';
  const alarm = cloudwatch.alarms.get(name);
  if (!alarm) throw new Error(`there is no alarm ${name}`);
  const at = new Date(began + Math.floor((i / STORM) * SECONDS * 1_000)).toISOString();
  const state = { value: 'ALARM' as const, reason: `Threshold Crossed (flutter ${i})`, at };
  const record = { ...alarm, state };
  await knownTransition(world.services, name, { state: 'ALARM', at, reason: state.reason });
  const topicArn = sns.topics.all().find(({ arn }) => arn.endsWith('commercial-ops-alarms'))?.arn ?? '';
  await sns.publish(
    {
      topicArn,
      subject: notificationSubject(record),
      message: notificationMessage(record, { ...state, value: 'OK' }),
    },
    { service: 'cloudwatch.amazonaws.com', sourceArn: alarm.settings.arn },
  );
}

test(`${STORM} transitions within ${SECONDS} seconds are one incident, one message a change, and one issue`, async () => {
  const { lambda, sns } = world.services;
  const before = sns.messages.all().length;
  // It is over when the first message is read: no alarm is believed that comes from the future.
  const began = world.clock.now().getTime() - SECONDS * 1_000;
  for (let i = 0; i < STORM; i++) await flutter(i, began);
  const runs = () => lambda.executionsOf('responder-runner');
  const limit = new Date(began + 3 * 3_600_000);
  await world.clock.advanceUntil(
    () => runs().length >= STORM && runs().every(({ status }) => status !== 'RUNNING'),
    limit,
  );
  await world.clock.advanceTo(new Date(world.clock.now().getTime() + 360_000));
  await world.clock.idle();

  const ended = await world.pool.query<{ n: number }>(
    `select count(*)::int as n from responder.run where ended_at is not null and incident_id = $1`,
    [await theIncident()],
  );
  expect(ended.rows[0]?.n).toBeGreaterThanOrEqual(STORM);

  const people = sns.messages
    .all()
    .slice(before)
    .filter(({ topicArn }) => !topicArn.endsWith('-alarms'));
  const kinds = people.map(
    ({ topicArn, attributes }) => `${topicArn.split('-').at(-1)} ${attributes['event']}`,
  );
  // If a symptom comes first, it says once what it waits for.
  const [first, ...rest] = kinds;
  expect(first === 'sre refused' ? rest : kinds).toEqual(['sre acting', 'sre joined', 'sre resolved']);
  const joined = people.find(({ attributes }) => attributes['event'] === 'joined')?.message ?? '';
  expect(Number(/^SEV-\d INC-\d+ JOINED: (\d+) more alarms/m.exec(joined)?.[1])).toBeGreaterThanOrEqual(
    STORM - 1,
  );
  expect(world.services.jira.issues.all()).toHaveLength(1);
}, 600_000);

/** @throws when there is more than one */
async function theIncident(): Promise<string> {
  const { rows } = await world.pool.query<{ id: string }>('select incident_id as id from responder.incident');
  if (rows.length !== 1)
    throw new Error(`wanted one incident; got ${rows.map(({ id }) => id).join(', ') || 'none'}`);
  return rows[0]?.id ?? '';
}
