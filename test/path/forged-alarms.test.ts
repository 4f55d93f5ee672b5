import { InvokeCommand, SendDurableExecutionCallbackSuccessCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { AwsError } from '../../emulator/kernel/service.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { waitingKey } from '../../lambdas/waits/waiting.ts';
import { runOf } from '../../sandbox/executions.ts';
import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { orders } from '../commands/orders.ts';
import { alarmDetail } from '../fixtures/envelopes/details.ts';
import { eventBridge, snsRecord } from '../fixtures/envelopes/envelopes.ts';
import { classicMessage } from '../fixtures/envelopes/messages.ts';
import { transition, type Transition } from '../fixtures/envelopes/transitions.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';

const BUCKET = 'commercial-ops-responder-012345678901-us-east-1';
const TOPIC = 'arn:aws:sns:us-east-1:012345678901:commercial-ops-alarms';

describe('while CloudWatch has the alarm in OK, and the costs are stale', () => {
  const world = bootWorld({ settled: true, schedules: 'off' }, (here) => ({
    ...account(here),
    ...orders(here),
  }));
  beforeAll(async () => {
    await makeStale(world);
    await world.give('sre-one', 'trust', 'cur-freshness', 'auto', '--reason', 'the machine decides');
  });
  const claim = (change: Partial<Transition> = {}) =>
    transition({ changedAt: world.clock.now().toISOString(), ...change });

  test('a forged ALARM is looked at and told once an hour, also under auto: its sender has nothing done', async () => {
    const known = world.executions().length;
    await world.aws.sns.send(
      new PublishCommand({ TopicArn: TOPIC, Message: JSON.stringify(classicMessage(claim())) }),
    );
    const [run] = await world.runsAfter(known);
    expect(run).toMatchObject({
      outcome: 'rehearsed',
      cause: matching(/^alarm cur-freshness, only claimed: CloudWatch has it in OK since/),
      why: matching(/^would start Glue job cur_ingest_prod for 2026-11/),
    });
    for (const lie of [
      {},
      { changedAt: '2099-01-01T00:00:00.000Z' },
      { account: '999999999999' },
      { region: 'eu-west-1' },
    ]) {
      const facts = claim(lie);
      await world.dispatch(eventBridge(alarmDetail(facts), facts));
      await world.dispatch({ Records: [snsRecord(classicMessage(facts))] });
    }
    await world.clock.idle();
    expect(world.executions()).toHaveLength(known + 1);
    expect(world.notices('commercial-ops-sre', /^\[not confirmed\] 1 alarm/)).toHaveLength(1);
    expect(await world.ask('select count(*) from responder.approval')).toBe('0');
    expect(await world.ask('select count(*) from responder.incident')).toBe('0');
    expect(world.glueStarts()).toEqual([]);
  });

  test('200 messages that nobody understands are one message to people, and all are kept', async () => {
    const records = Array.from({ length: 200 }, (_, index) => snsRecord(`garbage ${index}`));
    await world.dispatch({ Records: records });
    const told = world.notices('commercial-ops-sre', /^unrecognised message/);
    expect(told.map(({ subject }) => subject)).toEqual([
      'unrecognised message: "text that is no JSON" (and 199 others)',
    ]);
  });

  test('while CloudWatch does not answer, an alarm is looked into, and nothing is done', async () => {
    const { faults } = world;
    const known = world.executions().length;
    const fault = faults.add({
      service: 'monitoring',
      operation: 'DescribeAlarms',
      when: 'before',
      times: 3,
      effect: new AwsError('ThrottlingException', 'Rate exceeded', 400),
    });
    const answer = await world.aws.lambda.send(
      new InvokeCommand({
        FunctionName: 'responder-dispatcher',
        Payload: JSON.stringify({ Records: [snsRecord(classicMessage(claim()))] }),
      }),
    );
    faults.clear(fault);
    expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({
      handled: [{ did: 'unproven', reason: matching(/CloudWatch did not answer \(throttled\)$/) }],
    });
    expect((await world.runsAfter(known))[0]).toMatchObject({
      outcome: 'rehearsed',
      cause: matching(/only claimed: CloudWatch did not answer \(throttled\)$/),
    });
    expect(world.glueStarts()).toEqual([]);
  });
});

test('an OK of 2099, of elsewhere or of a contributor does not wake the run that waits for the real one; woken all the same, it waits out the rest', async () => {
  expect(world.executions()).toEqual([]);
  await makeStale(world);
  const waits = () => world.executions()[0]?.operations.find(({ name }) => name === 'verify:alarm');
  await world.until('the run to wait for its alarm', () => waits() !== undefined, 60);
  const forged = transition({ state: 'OK', previous: 'ALARM', changedAt: '2099-01-01T00:00:00.000Z' });
  expect(await world.dispatch({ Records: [snsRecord(classicMessage(forged))] })).toMatchObject({
    handled: [{ did: 'unproven', reason: matching(/is OK: CloudWatch has it in ALARM since/) }],
  });
  const foreign = transition({
    state: 'OK',
    previous: 'ALARM',
    account: '999900001111',
    region: 'eu-central-1',
    changedAt: world.clock.now().toISOString(),
  });
  expect(await world.dispatch({ Records: [snsRecord(classicMessage(foreign))] })).toMatchObject({
    handled: [{ did: 'unproven', reason: matching(/it names account “999900001111”/) }],
  });
  const ok = transition({ state: 'OK', previous: 'ALARM', changedAt: world.clock.now().toISOString() });
  expect(
    await world.dispatch({ Records: [snsRecord({ ...classicMessage(ok), AlarmContributorId: '0011' })] }),
  ).toMatchObject({ handled: [{ did: 'ignored', reason: matching(/^its contributor “0011” is OK/) }] });
  expect(waits()).toMatchObject({ status: 'STARTED' });

  const key = {
    Bucket: BUCKET,
    Key: waitingKey('cur-freshness', runOf(world.executions()[0] ?? { input: {} })),
  };
  const { Body } = await world.aws.s3.send(new GetObjectCommand(key));
  const { callbackId } = JSON.parse((await Body?.transformToString()) ?? '') as { callbackId: string };
  await world.aws.lambda.send(
    new SendDurableExecutionCallbackSuccessCommand({
      CallbackId: callbackId,
      Result: Buffer.from('"woken"'),
    }),
  );
  await world.until('the run to see that it was woken too early', () =>
    Boolean(world.executions()[0]?.operations.some(({ name }) => name === 'verify:alarm-rest')),
  );
  expect((await world.runsAfter(0)).map(({ outcome }) => outcome)).toEqual(['resolved']);
});
const world = bootWorld({ settled: true }, account);
