import { DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import { StopDurableExecutionCommand } from '@aws-sdk/client-lambda';
import { GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import { openAccount, type Account } from './account.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { SandboxesInTurn } from '../support/sandbox.ts';

/** What gets lost on the way: a start, a notification, a run. Each is found again, and people hear of it. */
let account: Account;
const sandboxes = new SandboxesInTurn();
beforeEach(async () => {
  account = await openAccount({}, (options) => sandboxes.open(options));
});
afterEach(() => account.close());
afterAll(() => sandboxes.end());

const toRunner = (input: Readonly<Record<string, unknown>>): boolean =>
  String(input['FunctionName']).includes('responder-runner');

test('a delivery that cannot be started is retried, dead-lettered, and people are told; redriven, it starts', async () => {
  const { faults } = account.sandbox;
  const fault = faults.add({
    service: 'lambda',
    operation: 'Invoke',
    when: 'before',
    match: toRunner,
    times: Infinity,
    effect: new AwsError('ServiceException', 'Lambda is not well', 500),
  });
  await account.setAlarm('cur-freshness', 'ALARM');
  const alarmed = /^ALARM: "responder-dispatcher-dead-letters"/;
  await account.until(
    'the dead letter to raise its alarm',
    () => account.told('commercial-ops-sre', alarmed).length > 0,
    30,
  );
  expect(account.executions()).toEqual([]);
  const failures = account
    .logged('responder-dispatcher')
    .filter((line) => line.includes('could not be handled, has to come again'));
  expect(failures).toHaveLength(3);

  const { QueueUrl } = await account.aws.sqs.send(
    new GetQueueUrlCommand({ QueueName: 'responder-dispatcher-dead-letters' }),
  );
  const { Messages = [] } = await account.aws.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
  );
  expect(Messages).toHaveLength(1);
  expect(Messages[0]?.MessageAttributes?.['ErrorMessage']?.StringValue).toMatch(
    /1 of 1 message\(s\) could not be handled/,
  );

  faults.clear(fault);
  const answer = await account.dispatch(JSON.parse(Messages[0]?.Body ?? 'null'));
  expect(answer).toMatchObject({ handled: [{ did: 'started', alarm: 'cur-freshness' }] });
  expect(await account.runsAfter(0)).toMatchObject([{ playbook: 'cur-freshness', outcome: 'self-healed' }]);
});

test('a topic whose key keeps CloudWatch out: the alarm says so in its history, and the sweep finds it standing', async () => {
  const { sns } = account.sandbox.services;
  const topic = sns.topic('arn:aws:sns:us-east-1:012345678901:commercial-ops-alarms');
  await sns.createTopic({
    name: 'commercial-ops-alarms',
    kmsKeyId: 'alias/aws/sns',
    ...(topic.policy !== undefined && { policy: topic.policy }),
  });
  const { cloudwatch } = account.sandbox.services;
  await makeStale(account.sandbox);
  await account.until(
    'the alarm to stand',
    () => cloudwatch.alarms.get('cur-freshness')?.state.value === 'ALARM',
  );
  await account.until('its action to be tried', () => true);
  const { AlarmHistoryItems: actions = [] } = await account.aws.cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName: 'cur-freshness', HistoryItemType: 'Action', MaxRecords: 1 }),
  );
  expect(actions[0]?.HistorySummary).toMatch(
    /^Failed to execute action .*commercial-ops-alarms.*encryption key/,
  );
  expect(account.told('commercial-ops-alarms', /^ALARM/)).toEqual([]);
  expect(account.executions()).toEqual([]);

  const runs = await account.runsAfter(0);
  expect(runs).toMatchObject([{ outcome: 'resolved' }]);
  expect(account.executions()[0]?.input).toMatchObject({
    cause: { kind: 'sweep', alarm: { name: 'cur-freshness' } },
  });
  expect(account.glueStarts()).toHaveLength(1);
});

test('a run that is stopped while it holds its lock is ended by the sweep, and a later run may act', async () => {
  const { glue, estate } = account.sandbox.services;
  const { pool } = account.sandbox;
  // Heals nothing, so that there is still something to do afterwards.
  await glue.runs.behave(estate.ingestion.job, { kind: 'noop' }, 1);
  await makeStale(account.sandbox);
  await account.until('the run to act', () => account.glueStarts().length === 1);
  const [execution] = account.executions();
  const acting = async () =>
    (await pool.query<{ run: string }>('select run_id as run from responder.run where acting')).rows;
  expect(await acting()).toEqual([{ run: execution?.name }]);
  await account.aws.lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn: execution?.arn }));

  const dead = /^\[failed\] run \S+ died without an outcome/;
  await account.until(
    'the sweep to find the dead run',
    () => account.told('commercial-ops-sre', dead).length > 0,
    30,
  );
  expect(await account.run(execution?.name ?? '')).toMatchObject({
    outcome: 'failed',
    why: matching(/ended without an outcome; what it had begun is unknown/),
  });
  expect(await acting()).toEqual([]);
  const [{ message } = { message: '' }] = account.told('commercial-ops-sre', dead);
  expect(message).toContain(execution?.name);
  expect(message).toMatch(
    /Asked of you: {3}take over.*\nAcknowledge by .* UTC: npm run respond -- ack INC-\S+\nOr open: http\S+\?t=/,
  );
  const letters = /^ALARM: "responder-runner-dead-letters"/;
  await account.until(
    'the dead letter to raise its alarm',
    () => account.told('commercial-ops-sre', letters).length > 0,
    30,
  );

  // The job that the dead run had begun is waited for by others as long as it goes on.
  await account.until('that job to end', () => account.glueStarts()[0]?.state === 'SUCCEEDED');
  // It counts as a plan: its target rests.
  await account.rest();
  await account.dispatch({
    run: 'cur-freshness',
    target: { period: '2026-11' },
    mode: 'live',
    by: 'ada@example.com',
    reason: 'the first run died',
  });
  const [later] = await account.runsAfter(1);
  expect(later).toMatchObject({ outcome: 'resolved' });
  expect(account.glueStarts()).toHaveLength(2);
});
