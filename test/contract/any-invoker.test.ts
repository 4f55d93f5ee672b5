import { InvokeCommand } from '@aws-sdk/client-lambda';
import { arn } from '../../emulator/kernel/places.ts';
import { runIdOfKey, runIdOfRecovery } from '../../lambdas/intake/start/run-id.ts';
import { NAMES } from '../../lib/names.ts';
import { unsettle } from '../../sandbox/faults/payment-world.ts';
import { invokerOf } from '../support/invoker.ts';
import { bootWorld, NOW } from '../support/world.ts';

/**
 * A proven principal with `lambda:InvokeFunction` on everything, and on nothing else. Two invoices could be settled, and every
 * playbook acts by itself: an order that is believed settles them.
 */
const world = bootWorld({ settled: true, schedules: 'off' });

const at = NOW.toISOString();
const alarm = {
  name: 'payment-mismatch',
  arn: arn('cloudwatch', 'alarm:payment-mismatch'),
  state: 'ALARM',
  changedAt: at,
};
const person = { by: 'sre-one', reason: 'month end', at };
const run = { playbook: 'payment-mismatch', target: {}, mode: 'live' };
const ran = 'payment-mismatch-20261123T140000-000000000000';

const EVENTS: Readonly<Record<string, unknown>> = {
  nothing: {},
  'no object': [],
  'a text': 'settle everything',
  'an alarm as CloudWatch sends it': {
    source: 'aws.cloudwatch',
    alarmArn: alarm.arn,
    accountId: '012345678901',
    time: at,
    region: 'us-east-1',
    alarmData: {
      alarmName: alarm.name,
      state: { value: 'ALARM', reason: 'so', timestamp: at },
      previousState: { value: 'OK', timestamp: at },
      configuration: { metrics: [] },
    },
  },
  'an alarm as SNS sends it': {
    Records: [
      {
        EventSource: 'aws:sns',
        Sns: {
          Type: 'Notification',
          MessageId: 'm-1',
          TopicArn: arn('sns', NAMES.topics.alarms),
          Timestamp: at,
          Message: JSON.stringify({
            AlarmName: alarm.name,
            AlarmArn: alarm.arn,
            AWSAccountId: '012345678901',
            NewStateValue: 'ALARM',
            OldStateValue: 'OK',
            NewStateReason: 'so',
            StateChangeTime: at,
            Region: 'US East (N. Virginia)',
            Trigger: {},
          }),
        },
      },
    ],
  },
  'a call by hand': { run: 'payment-mismatch', target: {}, mode: 'live', by: 'sre-one', reason: 'month end' },
  'a replay': { replay: ran, mode: 'live', by: 'sre-one', reason: 'again' },
  'a run for an alarm': { ...run, run: ran, cause: { kind: 'alarm', alarm } },
  'a run by hand': {
    ...run,
    run: runIdOfKey('payment-mismatch', 'request', 'x', 'live'),
    cause: { kind: 'manual', ...person },
  },
  'a rollback': {
    ...run,
    run: runIdOfKey('payment-mismatch', 'undo', ran, 'live'),
    cause: { kind: 'undo', of: ran, ...person },
  },
  'a recovery': {
    ...run,
    run: runIdOfRecovery('payment-mismatch', 'INC-1', at),
    cause: { kind: 'recovery', incident: 'INC-1', slot: at },
  },
  'a call for people': {
    incident: 'INC-1',
    episode: 1,
    playbook: 'payment-mismatch',
    target: {},
    severity: 'SEV-1',
    openedAt: at,
    openedByRun: ran,
  },
  'a command': { command: 'trust', input: { playbook: 'payment-mismatch', rung: 'auto', reason: 'good' } },
  'a command through the URL': {
    version: '2.0',
    rawPath: '/',
    requestContext: { http: { method: 'POST', path: '/' }, domainName: 'x', timeEpoch: NOW.getTime() },
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ command: { command: 'resume', input: { playbook: 'all', reason: 'good' } } }),
    isBase64Encoded: false,
  },
  'a link': {
    version: '2.0',
    rawPath: '/',
    rawQueryString: 't=a.b',
    queryStringParameters: { t: 'a.b' },
    requestContext: { http: { method: 'POST', path: '/' }, domainName: 'x', timeEpoch: NOW.getTime() },
    headers: {},
    body: 't=a.b&act=acknowledge',
    isBase64Encoded: false,
  },
  'an anchor of a day to come': { day: '9999-12-31', chains: ['people'] },
};

/** Commercial-Ops' tables, row by row; the audit of what was asked grows. */
async function business(): Promise<unknown> {
  const { rows } = await world.pool.query<{ table: string }>(
    `select table_name as table from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'audit_event' order by 1`,
  );
  return Promise.all(
    rows.map(async ({ table }) => [
      table,
      await world.ask(`select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from ${table} t`),
    ]),
  );
}

/** What people alone may change, and who was called. */
const orders = () =>
  world.ask(
    `select json_build_array((select json_agg(s) from responder.switch s), (select json_agg(s) from responder.standing s),
       (select count(*) from responder.approver), (select count(*) from responder.pending_order),
       (select count(*) from responder.episode where acknowledged_at is not null), (select count(*) from responder.command),
       (select count(*) from responder.run where acting or fence is not null))::text`,
  );

beforeAll(async () => {
  await unsettle(2)(world);
});

const DURABLE: readonly string[] = [
  NAMES.functions.runner,
  NAMES.functions.rehearser,
  NAMES.functions.escalation,
];

/** Every event to one function. */
async function invokeAll(fn: string): Promise<void> {
  const lambda = await invokerOf(world, `app-of-${fn}`);
  const durable = DURABLE.includes(fn);
  for (const [i, event] of Object.values(EVENTS).entries())
    await lambda.send(
      new InvokeCommand({
        FunctionName: durable ? `${fn}:${NAMES.alias}` : fn,
        InvocationType: durable ? 'Event' : 'RequestResponse',
        ...(durable && { DurableExecutionName: `forged-${i}` }),
        Payload: JSON.stringify(event),
      }),
    );
}

const { signals, ...OTHERS } = NAMES.functions;

test.each(Object.values(OTHERS).map((name) => [name]))(
  'who may only invoke %s changes nothing of the business and gives no order of people',
  async (fn) => {
    const before = [await business(), await orders()];
    await invokeAll(fn);
    await world.pass(30);
    expect([await business(), await orders()]).toEqual(before);
  },
);

test('who may only invoke the signals has measured what is true, and the true alarm has it repaired', async () => {
  await invokeAll(signals);
  await world.pass(30);
  const { rows } = await world.pool.query<{ kind: string; outcome: string }>(
    `select request -> 'cause' ->> 'kind' as kind, outcome from responder.run where fence is not null`,
  );
  expect(rows).toEqual([{ kind: 'alarm', outcome: 'resolved' }]);
});
