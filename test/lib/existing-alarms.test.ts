import { ConfigError } from '../../lambdas/platform/checked.ts';
import { readConfig } from '../../lib/config.ts';
import { sampleConfig } from './sample-product.ts';
import { having } from '../../emulator/test/support/matching.ts';
import { StackUnderTest, type Statement } from './stack-under-test.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:ops-alarms';
const OTHER = 'arn:aws:sns:eu-west-1:111122223333:billing-alarms';

const stackOf = (change: object): Promise<StackUnderTest> =>
  StackUnderTest.of({ config: { ...sampleConfig, ...change } });
const alarmNames = (stack: StackUnderTest): unknown[] =>
  stack.all('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties['AlarmName']);
const subscriptions = (stack: StackUnderTest) =>
  stack
    .all('AWS::SNS::Subscription')
    .filter(({ Properties }) => Properties['Protocol'] === 'lambda')
    .map(({ Properties }) => Properties);
const allowedOn = (stack: StackUnderTest, topic: string): Statement[] =>
  stack
    .all('AWS::SNS::TopicPolicy')
    .filter(({ Properties }) => (Properties['Topics'] as string[]).includes(topic))
    .flatMap(({ Properties }) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement)
    .filter(({ Effect }) => Effect === 'Allow');
const complaintsOf = (change: object): string => {
  try {
    readConfig({ ...sampleConfig, ...change });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was taken');
};

describe('an alarm that the account has', () => {
  it('is not made, also under our own name, and its topic is subscribed to for it alone', async () => {
    const stack = await stackOf({
      alarms: {
        'cur-freshness': { existing: 'cur-freshness', topic: OTHER },
        'signals-missing': { existing: 'their-heartbeat' },
      },
    });
    expect(alarmNames(stack)).not.toEqual(expect.arrayContaining(['cur-freshness']));
    expect(alarmNames(stack)).not.toContain('signals-missing');
    expect(alarmNames(stack)).toContain('tag-coverage-drop');
    // Others may write into a metric that no alarm of ours watches.
    expect(alarmNames(stack)).not.toContain('responder-signals-foreign-cur-freshness-days');
    expect(alarmNames(stack)).toContain('responder-signals-foreign-tag-coverage-pct');
    expect(subscriptions(stack)).toEqual([
      expect.objectContaining({ TopicArn: 'commercial-ops-alarms' }),
      expect.objectContaining({
        TopicArn: OTHER,
        FilterPolicyScope: 'MessageBody',
        FilterPolicy: { AlarmName: ['cur-freshness', 'tag-coverage-drop', 'their-heartbeat'] },
        RedrivePolicy: { deadLetterTargetArn: 'commercial-ops-alarms-dead-letters.Arn' },
      }),
    ]);
    expect(subscriptions(stack)[0]).not.toHaveProperty('FilterPolicy');
    const sources = stack
      .all('AWS::Lambda::Permission')
      .filter(({ Properties }) => Properties['Principal'] === 'sns.amazonaws.com')
      .map(({ Properties }) => Properties['SourceArn']);
    expect(sources).toContain(OTHER);
  });

  it('is measured as rarely as its owner likes', async () => {
    const existing = { existing: 'theirs' };
    const rare = { schedules: { signalsMinutes: 20 } };
    await expect(stackOf(rare)).rejects.toThrow(/signalsMinutes is 20/);
    const all = { 'cur-freshness': existing, 'tag-coverage-drop': { existing: 'theirs-too' } };
    expect(alarmNames(await stackOf({ ...rare, alarms: all }))).toContain('signals-missing');
  });
});

it('a topic of the account takes the place of ours: alarms that we make publish to it, too', async () => {
  const stack = await stackOf({ alarms: { topic: TOPIC } });
  expect(stack.all('AWS::SNS::Topic').map(({ Properties }) => Properties['TopicName'])).toEqual([
    'commercial-ops-sre',
    'commercial-ops-finops',
    'commercial-ops-lead',
    'commercial-ops-management',
  ]);
  expect(stack.named('AWS::CloudWatch::Alarm', 'cur-freshness')).toMatchObject({
    AlarmActions: [TOPIC],
    OKActions: [TOPIC],
  });
  expect(subscriptions(stack)).toEqual([
    expect.objectContaining({
      TopicArn: TOPIC,
      FilterPolicy: { AlarmName: ['cur-freshness', 'tag-coverage-drop', 'signals-missing'] },
    }),
  ]);
});

it('publishers are let in by topic and key: services for this account, alarms of another account', async () => {
  const stack = await stackOf({
    publishers: [
      { service: 'events.amazonaws.com' },
      { service: 'budgets.amazonaws.com' },
      { account: '222233334444' },
    ],
  });
  const [key] = stack.all('AWS::KMS::Key');
  const { Statement: ofKey } = key?.Properties['KeyPolicy'] as { Statement: Statement[] };
  const cloudwatch = { Service: 'cloudwatch.amazonaws.com' };
  const wanted = [
    [cloudwatch, '111122223333', 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*'],
    [{ Service: 'events.amazonaws.com' }, '111122223333'],
    [{ Service: 'budgets.amazonaws.com' }, '111122223333'],
    [cloudwatch, '222233334444', 'arn:aws:cloudwatch:eu-west-1:222233334444:alarm:*'],
  ] as const;
  expect(allowedOn(stack, 'commercial-ops-alarms')).toEqual(
    wanted.map(([Principal, account, arn]) =>
      having({
        Principal,
        Action: 'sns:Publish',
        Condition: {
          StringEquals: { 'aws:SourceAccount': account },
          ...(arn && { ArnLike: { 'aws:SourceArn': arn } }),
        },
      }),
    ),
  );
  for (const [Principal, account] of wanted)
    expect(ofKey).toContainEqual(
      expect.objectContaining({
        Principal,
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Condition: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
  // People are notified by us and by our own alarms.
  expect(allowedOn(stack, 'commercial-ops-sre')).toHaveLength(1);
});

test.each<readonly [string, object, RegExp]>([
  [
    'an alarm that no playbook has',
    { alarms: { 'cur-fresh': { existing: 'x' } } },
    /the name of a playbook's alarm, one of cur-freshness, .*\n {2}→ at alarms\["cur-fresh"\]/,
  ],
  ['no name', { alarms: { 'cur-freshness': {} } }, /→ at alarms\["cur-freshness"\]\.existing/],
  [
    'one alarm for two playbooks',
    { alarms: { 'cur-freshness': { existing: 'x' }, 'invoice-lag': { existing: 'x' } } },
    /another alarm than that of "cur-freshness"[^\n]*\n {2}→ at alarms\["invoice-lag"\]\.existing/,
  ],
  [
    'the name of another alarm that we make',
    { alarms: { 'cur-freshness': { existing: 'invoice-lag' } } },
    /the stack makes one of this name, unless "invoice-lag" has its own "existing"/,
  ],
  ['a topic by its name', { alarms: { topic: 'ops-alarms' } }, /a topic's ARN such as "arn:aws:sns:/],
  [
    'publishers on a topic that is not ours',
    { alarms: { topic: TOPIC }, publishers: [{ account: '222233334444' }] },
    /the policies of that topic and of its key are its owner’s[^\n]*\n {2}→ at publishers/,
  ],
  [
    'a publisher of no kind',
    { publishers: [{ arn: 'x' }] },
    /a service \{"service": "events.amazonaws.com"\}/,
  ],
])('the configuration refuses %s, and says what is wanted', (_what, change, complaint) => {
  expect(complaintsOf(change)).toMatch(complaint);
});
