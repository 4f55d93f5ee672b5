import { notificationMessage, notificationSubject } from '../../scripts/sandbox/aws/alarm-notification.ts';
import {
  change,
  reconciled,
  running,
  SLIGHTLY,
  spoil,
  WARNS,
} from '../../scripts/sandbox/faults/billing-chain.ts';
import { hoursAgo } from '../../scripts/sandbox/faults/fault.ts';
import { settle } from '../../scripts/sandbox/scenario.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { freshSandbox, type TestSandbox } from '../support/sandbox.ts';

/** One stale report, and below it every alarm of the chain flutters: five hundred transitions within ten seconds. */

const STORM = Number(process.env['RESPONDER_STORM'] ?? 500);
const SECONDS = 10;
const ALARMS = [
  'cur-freshness',
  'allocation-variance',
  'allocation-variance-critical',
  'recon-failed',
  'recon-failed-critical',
];

let world: TestSandbox;
let sandbox: Sandbox;
beforeAll(async () => {
  world = await freshSandbox();
  ({ sandbox } = world);
  await settle(sandbox);
  const month = running(sandbox);
  await reconciled(sandbox, month);
  await change(sandbox, month, spoil(SLIGHTLY), WARNS);
  await sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, 103), ['athena'], [month]);
});
afterAll(() => world.close());

/** As CloudWatch publishes it: each transition has a moment of its own. */
async function flutter(i: number, began: number): Promise<void> {
  const { cloudwatch, sns } = sandbox.services;
  const name = ALARMS[i % ALARMS.length] ?? '';
  const alarm = cloudwatch.alarms.get(name);
  if (!alarm) throw new Error(`there is no alarm ${name}`);
  const at = new Date(began + Math.floor((i / STORM) * SECONDS * 1_000)).toISOString();
  const state = { value: 'ALARM' as const, reason: `Threshold Crossed (flutter ${i})`, at };
  const record = { ...alarm, state };
  const topicArn = sns.topics.all().find(({ arn }) => arn.endsWith('commercial-ops-alarms'))?.arn ?? '';
  await sns.publish(
    {
      ...{ topicArn, subject: notificationSubject(record) },
      message: notificationMessage(record, { ...state, value: 'OK' }),
    },
    { service: 'cloudwatch.amazonaws.com', sourceArn: alarm.settings.arn },
  );
}

test(`${STORM} transitions within ${SECONDS} seconds are one incident, one message a change, and one issue`, async () => {
  const { lambda, sns } = sandbox.services;
  const before = sns.messages.all().length;
  const began = sandbox.clock.now().getTime();
  for (let i = 0; i < STORM; i++) await flutter(i, began);
  const runs = () => lambda.executionsOf('responder-runner');
  const limit = new Date(began + 3 * 3_600_000);
  await sandbox.clock.advanceUntil(
    () => runs().length >= STORM && runs().every(({ status }) => status !== 'RUNNING'),
    limit,
  );
  console.log(Date.now(), runs().length, sandbox.clock.now().toISOString());
  await sandbox.clock.advanceTo(new Date(sandbox.clock.now().getTime() + 360_000));
  await sandbox.clock.idle();

  const people = sns.messages
    .all()
    .slice(before)
    .filter(({ topicArn }) => !topicArn.endsWith('-alarms'));
  console.log(people.map(({ topicArn, subject }) => `${topicArn.split(':').at(-1)} ${subject}`).join('\n'));
  const { rows } = await sandbox.pool.query(
    'select incident_id, episode, severity, playbook, opened_at, closed_at from responder.incident',
  );
  console.log(rows);
  console.log(
    (await sandbox.pool.query('select playbook, outcome, count(*), min(why) from responder.run group by 1,2'))
      .rows,
  );
}, 600_000);
