import { InvokeCommand } from '@aws-sdk/client-lambda';
import { arn } from '../../emulator/kernel/places.ts';
import { runIdOfAlarm, runIdOfKey, runIdOfRecovery } from '../../lambdas/intake/start/run-id.ts';
import { writerFault, type AuditRow } from '../../lambdas/record/audit/chain-link.ts';
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
  account: '012345678901',
  region: 'us-east-1',
  kind: 'metric',
  state: 'ALARM',
  changedAt: at,
  reason: 'so',
} as const;
const target = { scope: 'payments' };
const person = { by: 'sre-one', reason: 'month end', at };
const run = { playbook: 'payment-mismatch', mode: 'live' };
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
  'a call by hand': { run: 'payment-mismatch', target, mode: 'dry-run', by: 'sre-one', reason: 'month end' },
  'a replay': { replay: ran, mode: 'live', by: 'sre-one', reason: 'again' },
  'a run for an alarm': {
    ...run,
    run: runIdOfAlarm('payment-mismatch', alarm),
    cause: { kind: 'alarm', alarm },
  },
  'a run by hand': {
    ...run,
    target,
    run: runIdOfKey('payment-mismatch', 'request', 'x', 'live'),
    cause: { kind: 'manual', ...person },
  },
  'a rollback': {
    ...run,
    target,
    run: runIdOfKey('payment-mismatch', 'undo', ran, 'live'),
    cause: {
      kind: 'undo',
      of: ran,
      ...person,
      caller: { person: 'sre-one', arn: arn('iam', 'user/sre-one') },
    },
  },
  'a rehearsal': {
    ...run,
    mode: 'dry-run',
    target,
    run: runIdOfKey('payment-mismatch', 'request', 'x', 'dry-run'),
    cause: { kind: 'manual', ...person },
  },
  'a recovery': {
    ...run,
    target,
    run: runIdOfRecovery('payment-mismatch', 'INC-1', at),
    cause: { kind: 'recovery', incident: 'INC-1', slot: at },
  },
  'a call for people': {
    incident: 'INC-1',
    episode: 1,
    playbook: 'payment-mismatch',
    target,
    severity: 'SEV-1',
    openedAt: at,
    openedByRun: ran,
  },
  'a command': {
    command: {
      name: 'trust',
      input: { playbook: 'payment-mismatch', rung: 'auto', reason: 'good' },
      nonce: '00000000-0000-4000-8000-000000000001',
      at,
    },
  },
  'a command through the URL': {
    version: '2.0',
    rawPath: '/',
    requestContext: {
      http: { method: 'POST', path: '/' },
      authorizer: { iam: { userArn: arn('iam', 'user/sre-one') } },
    },
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      command: {
        name: 'resume',
        input: { playbook: 'payment-mismatch', reason: 'good' },
        nonce: '00000000-0000-4000-8000-000000000002',
        at,
      },
    }),
    isBase64Encoded: false,
  },
  'a link': {
    version: '2.0',
    rawPath: '/',
    rawQueryString: '',
    requestContext: { http: { method: 'POST', path: '/', sourceIp: '192.0.2.1' } },
    headers: {},
    body: 't=a.b',
    isBase64Encoded: false,
  },
  'a request of CloudFormation that answers elsewhere': {
    RequestType: 'Create',
    ResponseURL: 'http://169.254.169.254/latest/meta-data',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Done',
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

const { signals, runner, rehearser, escalation } = NAMES.functions;
const DURABLE: readonly string[] = [runner, rehearser, escalation];

/** What an event got: the function's answer or error, or how its execution ended. */
type Got = Record<string, string>;

/** Every event to one function. */
async function invokeAll(fn: string): Promise<Got> {
  const lambda = await invokerOf(world, `app-of-${fn}`);
  const durable = DURABLE.includes(fn);
  const got: Got = {};
  for (const [i, [name, event]] of Object.entries(EVENTS).entries()) {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: durable ? `${fn}:${NAMES.alias}` : fn,
        InvocationType: durable ? 'Event' : 'RequestResponse',
        ...(durable && { DurableExecutionName: `forged-${i}` }),
        Payload: JSON.stringify(event),
      }),
    );
    got[name] = `${FunctionError ?? ''} ${Buffer.from(Payload ?? []).toString()}`.trim();
  }
  await world.pass(30);
  if (!durable) return got;
  const ends = new Map(world.services.lambda.executionsOf(fn).map((one) => [one.name, one]));
  return Object.fromEntries(
    Object.keys(EVENTS).map((name, i) => {
      const end = ends.get(`forged-${i}`);
      return [name, `${end?.status ?? 'not there'} ${end?.error?.ErrorMessage ?? ''}`];
    }),
  );
}

/** Refusals in the audit since then. */
async function auditedSince(before: string): Promise<{ kind: string; login: string; body: unknown }[]> {
  const { rows } = await world.pool.query<{ kind: string; login: string; body: string }>(
    `select kind, login, body from responder.audit where at >= $1 and kind like '%refused' order by seq`,
    [before],
  );
  return rows.map(({ body, ...row }) => ({ ...row, body: JSON.parse(body) as unknown }));
}

interface Stopped {
  /** What each event gets, by what it is; others are no events of that function's. */
  readonly events?: Readonly<Record<string, RegExp>>;
  readonly others: RegExp;
  /** Who refused what, as the audit has it; one entry an hour for each executor, so the first of them. */
  readonly audited?: readonly unknown[];
}

const NO_PROOF = 'it has no proof of who ordered it';
const NO_ORDER = /is not executed: it has no proof of who ordered it/;
const LIVE = /is not executed: it is "live", and was started on .*responder-rehearser:live; wanted "dry-run"/;
const UNCONFIRMED = /^\{"handled":\[\{"did":"unproven",.*CloudWatch does not confirm/;
const refused = (login: string, executor: string, id: unknown, fault: unknown) => ({
  kind: 'order.refused',
  login,
  body: { executor, id, fault },
});
const denied = (command: string, arn: string | null, says: string | null = null) => ({
  kind: 'responder.refused',
  login: 'responder_respond',
  body: { command, caller: arn, says },
});
const text = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const STOPPED: Readonly<Record<Exclude<keyof typeof NAMES.functions, 'signals'>, Stopped>> = {
  dispatcher: {
    events: {
      'an alarm as CloudWatch sends it': UNCONFIRMED,
      'an alarm as SNS sends it': UNCONFIRMED,
    },
    others: /"did":"reported-unrecognised"|this function takes alarms only, and nothing was started/,
  },
  runner: {
    events: {
      'a run for an alarm': NO_ORDER,
      'a run by hand': NO_ORDER,
      'a rollback': NO_ORDER,
      'a rehearsal': NO_ORDER,
      'a recovery': NO_ORDER,
    },
    others: /^FAILED \[.*invalid_type/s,
    audited: [
      refused('responder_runner', 'run', text(/^payment-mismatch-/), NO_PROOF),
      refused('responder_runner', 'rehearsal', text(/^payment-mismatch-rehearsal-/), NO_PROOF),
    ],
  },
  rehearser: {
    events: {
      'a run for an alarm': LIVE,
      'a run by hand': LIVE,
      'a rollback': LIVE,
      'a rehearsal': NO_ORDER,
      'a recovery': LIVE,
    },
    others: /^FAILED \[.*invalid_type/s,
    audited: [
      refused('responder_rehearser', 'run', text(/^payment-mismatch-/), text(/^it is "live"/)),
      refused('responder_rehearser', 'rehearsal', text(/^payment-mismatch-rehearsal-/), NO_PROOF),
    ],
  },
  escalation: {
    events: {
      'a call for people': /nobody is called for INC-1, episode 1: it has no proof of who ordered it/,
    },
    others: /^FAILED \[.*invalid_type/s,
    audited: [refused('responder_escalation', 'episode', 'INC-1-episode-1', NO_PROOF)],
  },
  respond: {
    events: {
      'a command': /"ok":false,"text":"trust must know who asks, and a plain invoke does not prove it/,
      'a command through the URL': /^\{"statusCode":403,.*who sent this is not proven/,
    },
    others: /nothing was done\./,
    audited: [denied('trust', null), denied('resume', null, arn('iam', 'user/sre-one'))],
  },
  acknowledge: { events: { 'a link': /^\{"statusCode":403,/ }, others: /^\{"statusCode":400,/ },
  manual: {
    // Nobody approves of it, and a live one is put to nobody: who asks is not proven.
    events: { 'a call by hand': /^\{"ok":true,"text":"run payment-mismatch-manual-\S+ is started/ },
    others: /^\{"ok":false,/,
  },
  // They do what their schedule has them do, or refuse the event.
  sweep: { others: /^\{"started":\[("signals-missing-[\w-]+")?\],"failed":\[\]\}$/ },
  migrate: { others: /^\{"applied":\[\],"newest":\d+\}$|^Unhandled .*nothing was done/ },
  report: { others: /^\[(\{"date":"2026-11-2\d",.*\})?\]$|^\{"ok":false,.*nothing was done/ },
  anchor: { others: /^\{"keys":\[\],|^Unhandled .*wanted \{\}/ },
};

test.each(Object.entries(STOPPED))(
  'who may only invoke %s changes nothing of the business and gives no order of people; who was refused is audited',
  async (name, { events = {}, others, audited = [] }) => {
    await world.pass(60);
    const before = [await business(), await orders()];
    const since = world.clock.now().toISOString();
    const got = await invokeAll(NAMES.functions[name as keyof typeof STOPPED]);
    for (const [event, answer] of Object.entries(got))
      expect([event, answer]).toEqual([event, text(events[event] ?? others)]);
    // Executions run side by side: any may be the first to be refused.
    const entries = await auditedSince(since);
    expect(entries).toEqual(expect.arrayContaining([...audited]));
    expect(entries).toHaveLength(audited.length);
    expect([await business(), await orders()]).toEqual(before);
  },
);

test('each refusal was written by a login that may write it', async () => {
  const { rows } = await world.pool.query<AuditRow>(
    `select * from responder.audit where kind like '%refused'`,
  );
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.flatMap((row) => writerFault(row) ?? [])).toEqual([]);
});

test('who may only invoke the signals has measured what is true, and the true alarm has it repaired', async () => {
  await invokeAll(signals);
  const { rows } = await world.pool.query<{ kind: string; outcome: string }>(
    `select request -> 'cause' ->> 'kind' as kind, outcome from responder.run where fence is not null`,
  );
  expect(rows).toEqual([{ kind: 'alarm', outcome: 'resolved' }]);
});
