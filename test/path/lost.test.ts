import { runOf } from '../../sandbox/executions.ts';
import { DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import { StopDurableExecutionCommand } from '@aws-sdk/client-lambda';
import { GetQueueUrlCommand, ReceiveMessageCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import { bootWorld } from '../support/world.ts';
import { orders } from '../commands/orders.ts';
import { account } from './account.ts';
import { matching } from '../../emulator/test/support/matching.ts';

/** What gets lost on the way: a start, a notification, a run. Each is found again, and people hear of it. */
const world = bootWorld({ each: true, settled: true }, (here) => ({ ...account(here), ...orders(here) }));

const toRunner = (input: Readonly<Record<string, unknown>>): boolean =>
  String(input['FunctionName']).includes('responder-runner');

test('a delivery that cannot be started is retried, dead-lettered, and people are told; sent again, it starts', async () => {
  const { faults } = world;
  const fault = faults.add({
    service: 'lambda',
    operation: 'Invoke',
    when: 'before',
    match: toRunner,
    times: Infinity,
    effect: new AwsError('ServiceException', 'Lambda is not well', 500),
  });
  await world.setAlarm('cur-freshness', 'ALARM');
  const alarmed = /^ALARM: "responder-dispatcher-dead-letters"/;
  await world.until(
    'the dead letter to raise its alarm',
    () => world.notices('commercial-ops-sre', alarmed).length > 0,
    30,
  );
  expect(world.executions()).toEqual([]);
  const failures = world
    .logged('responder-dispatcher')
    .filter((line) => line.includes('could not be handled, has to come again'));
  expect(failures).toHaveLength(3);

  const { QueueUrl } = await world.aws.sqs.send(
    new GetQueueUrlCommand({ QueueName: 'responder-dispatcher-dead-letters' }),
  );
  const { Messages = [] } = await world.aws.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
  );
  expect(Messages).toHaveLength(1);
  expect(Messages[0]?.MessageAttributes?.['ErrorMessage']?.StringValue).toMatch(
    /1 of 1 message\(s\) could not be handled/,
  );

  faults.clear(fault);
  const answer = await world.dispatch(JSON.parse(Messages[0]?.Body ?? 'null'));
  expect(answer).toMatchObject({ handled: [{ did: 'started', alarm: 'cur-freshness' }] });
  expect(await world.runsAfter(0)).toMatchObject([{ playbook: 'cur-freshness', outcome: 'self-healed' }]);
});

test('a topic whose key keeps CloudWatch out: the alarm says so in its history, and the sweep finds it standing', async () => {
  const { sns } = world.services;
  const topic = sns.topic('arn:aws:sns:us-east-1:012345678901:commercial-ops-alarms');
  await sns.createTopic({
    name: 'commercial-ops-alarms',
    kmsKeyId: 'alias/aws/sns',
    ...(topic.policy !== undefined && { policy: topic.policy }),
  });
  const { cloudwatch } = world.services;
  await makeStale(world);
  await world.until(
    'the alarm to stand',
    () => cloudwatch.alarms.get('cur-freshness')?.state.value === 'ALARM',
  );
  await world.until('its action to be tried', () => true);
  const { AlarmHistoryItems: actions = [] } = await world.aws.cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName: 'cur-freshness', HistoryItemType: 'Action', MaxRecords: 1 }),
  );
  expect(actions[0]?.HistorySummary).toMatch(
    /^Failed to execute action .*commercial-ops-alarms.*encryption key/,
  );
  expect(world.notices('commercial-ops-alarms', /^ALARM/)).toEqual([]);
  expect(world.executions()).toEqual([]);

  const runs = await world.runsAfter(0);
  expect(runs).toMatchObject([{ outcome: 'resolved' }]);
  expect(world.executions()[0]?.input).toMatchObject({
    cause: { kind: 'sweep', alarm: { name: 'cur-freshness' } },
  });
  expect(world.glueStarts()).toHaveLength(1);
  await world.pass(15);
  const asked = await world.give('sre-one', 'why', 'cur-freshness');
  expect(asked).toMatchObject({
    ok: true,
    text: matching(
      /^The last changes of cur-freshness, UTC:\n(.*\n)?.*ALARM +no message started a run; the sweep did: cur-freshness-/,
    ),
  });
  // Every change that CloudWatch shows has its answer.
  const { AlarmHistoryItems: changes = [] } = await world.aws.cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName: 'cur-freshness', HistoryItemType: 'StateUpdate' }),
  );
  expect(changes.length).toBeGreaterThan(0);
  expect(asked.data).toHaveLength(changes.length);
});

test('a run that is stopped while it holds its lock is ended by the sweep, and a later run may act', async () => {
  const { glue, estate } = world.services;
  const { pool } = world;
  // Heals nothing, so that there is still something to do afterwards.
  await glue.runs.behave(estate.ingestion.job, { kind: 'noop' }, 1);
  await makeStale(world);
  await world.until('the run to act', () => world.glueStarts().length === 1);
  const [execution] = world.executions();
  const acting = async () =>
    (await pool.query<{ run: string }>('select run_id as run from responder.run where acting')).rows;
  const run = execution ? runOf(execution) : '';
  expect(await acting()).toEqual([{ run }]);
  await world.aws.lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn: execution?.arn }));

  expect(await world.give('sre-one', 'retry', run, '--reason', 'it crashed')).toMatchObject({
    ok: false,
    text: matching(/has no outcome yet/),
  });
  const dead = /^SEV-\d INC-\d+ FAILED .*: the run crashed/;
  await world.until(
    'the sweep to find the dead run',
    () => world.notices('commercial-ops-sre', dead).length > 0,
    30,
  );
  expect(await world.run(execution ? runOf(execution) : '')).toMatchObject({
    outcome: 'failed',
    why: matching(/ended without an outcome; what it had begun is unknown/),
  });
  expect(await acting()).toEqual([]);
  // Later checks of the alarm leave to people what it was about.
  expect(
    await world.ask(`select outcome || ' ' || (concerns ->> 0) from responder.last_end where run_id = $1`, [
      execution && runOf(execution),
    ]),
  ).toMatch(/^failed start-ingestion period=2026-11 /);
  const [{ message } = { message: '' }] = world.notices('commercial-ops-sre', dead);
  expect(message).toContain(execution && runOf(execution));
  expect(message).toMatch(
    /Your next step: (?:.*\n)+Who has it: {5}nobody yet\nAcknowledge: {4}by .* UTC, in .*\n {2}npm run respond -- ack INC-\S+\nOr open: http\S+\?t=/,
  );
  const letters = /^ALARM: "responder-runner-dead-letters"/;
  await world.until(
    'the dead letter to raise its alarm',
    () => world.notices('commercial-ops-sre', letters).length > 0,
    30,
  );

  // The job that the dead run had begun is waited for by others as long as it goes on.
  await world.until('that job to end', () => world.glueStarts()[0]?.state === 'SUCCEEDED');
  // It counts as a plan: its target rests.
  await world.pass(30);
  // SQS moves back only what came from a queue.
  const SourceArn = 'arn:aws:sqs:us-east-1:012345678901:responder-runner-dead-letters';
  await expect(world.aws.sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))).rejects.toThrow(
    'Source queue must be configured as a Dead Letter Queue.',
  );
  const again = await world.give('sre-one', 'retry', run, '--reason', 'it crashed');
  expect(again).toMatchObject({ ok: true, data: { of: run, started: true } });
  const [later] = await world.runsAfter(1);
  expect(later).toMatchObject({
    run: (again.data as { run: string }).run,
    incident: (await world.run(run)).incident,
    outcome: 'resolved',
  });
  expect(world.glueStarts()).toHaveLength(2);
  // Given twice it is one run; and one that has done its work is not retried.
  expect(await world.give('sre-two', 'retry', run, '--reason', 'it crashed')).toMatchObject({
    ok: true,
    data: { started: false },
  });
  expect(await world.give('sre-one', 'retry', later?.run ?? '', '--reason', 'more')).toMatchObject({
    ok: false,
    text: matching(/ended resolved: nothing is left to retry/),
  });
});

test('a run that was stopped before it came on record is retried by the order that its execution got', async () => {
  await makeStale(world);
  world.ledger.cut();
  await world.setAlarm('cur-freshness', 'ALARM');
  await world.until('the run to begin', () => world.executions().length === 1);
  const [execution] = world.executions();
  const run = execution ? runOf(execution) : '';
  await world.pass(2);
  await world.aws.lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn: execution?.arn }));
  world.ledger.restore();
  expect(await world.give('sre-one', 'retry', 'cur-freshness-x', '--reason', 'try')).toMatchObject({
    ok: false,
    text: matching(/^there is no run "cur-freshness-x" in the record, and no execution of it/),
  });
  const again = await world.give('sre-one', 'retry', run, '--reason', 'it was stopped');
  expect(again).toMatchObject({ ok: true, data: { of: run, started: true } });
  const ended = () =>
    world.ask('select outcome from responder.run where run_id = $1', [(again.data as { run: string }).run]);
  await world.until('the retried run to end', async () => (await ended()) === 'resolved');
});
