import type { Undelivered } from '../../aws/sns-delivery.ts';
import { snsDefinition } from '../../aws/sns-operations.ts';
import { Sns, type KeyUse } from '../../aws/sns.ts';
import { Clock } from '../../kernel/clock.ts';
import { ROOT } from '../../kernel/credentials.ts';
import { AwsError } from '../../kernel/service.ts';
import { memoryStore } from '../support/memory-store.ts';

const ALARM = 'arn:aws:cloudwatch:us-east-1:012345678901:alarm:cur-freshness';
const DISPATCHER = 'arn:aws:lambda:us-east-1:012345678901:function:responder-dispatcher';
const cloudwatch = { service: 'cloudwatch.amazonaws.com', sourceArn: ALARM };
const person = { arn: ROOT.arn };

let clock: Clock;
let store: ReturnType<typeof memoryStore>;
let sns: Sns;
let failures: Error[];
let invoked: { functionArn: string; event: Record<string, unknown> }[];
let queued: { queueArn: string; body: Record<string, unknown> }[];
let mayUse: KeyUse['mayUse'];

beforeEach(() => {
  clock = new Clock(new Date('2026-11-23T14:00:00.000Z'));
  store = memoryStore();
  [failures, invoked, queued] = [[], [], []];
  mayUse = () => true;
  sns = new Sns({
    store,
    clock,
    kms: { mayUse: (...question) => mayUse(...question) },
    invokeLambda: async (functionArn, event) => {
      const failure = failures.shift();
      if (failure) throw failure;
      invoked.push({ functionArn, event });
    },
    sendSqs: async (queueArn, body) => {
      queued.push({ queueArn, body: JSON.parse(body) as Record<string, unknown> });
    },
  });
});

afterEach(() => clock.stop());

async function call<T = Record<string, unknown>>(name: string, input: unknown): Promise<T> {
  const op = snsDefinition(sns).operations[name];
  if (!op) throw new Error(`no operation ${name}`);
  return (await op.handle(input as never, { requestId: 'r', principal: ROOT, now: clock.now() })) as T;
}

const undelivered = () => store.collection<Undelivered>('sns.undelivered').all();

test('a function gets the record of a real SNS event', async () => {
  const topic = await sns.createTopic({ name: 'alarms' });
  const subscription = await sns.subscribe({ topicArn: topic.arn, protocol: 'lambda', endpoint: DISPATCHER });
  const { messageId } = await sns.publish(
    {
      topicArn: topic.arn,
      subject: 'ALARM: "cur-freshness" in US East (N. Virginia)',
      message: '{"AlarmName":"cur-freshness"}',
      attributes: { severity: { DataType: 'String', StringValue: 'SEV-3' } },
    },
    cloudwatch,
  );
  await clock.idle();
  expect(invoked).toEqual([
    {
      functionArn: DISPATCHER,
      event: {
        Records: [
          {
            EventSource: 'aws:sns',
            EventVersion: '1.0',
            EventSubscriptionArn: subscription.arn,
            Sns: {
              Type: 'Notification',
              MessageId: messageId,
              TopicArn: 'arn:aws:sns:us-east-1:012345678901:alarms',
              Subject: 'ALARM: "cur-freshness" in US East (N. Virginia)',
              Message: '{"AlarmName":"cur-freshness"}',
              Timestamp: expect.stringMatching(/^2026-11-23T14:00:00\.\d{3}Z$/) as unknown,
              SignatureVersion: '1',
              Signature: expect.stringMatching(/^[A-Za-z0-9+/=]+$/) as unknown,
              SigningCertUrl: expect.stringMatching(/^https:/) as unknown,
              UnsubscribeUrl: expect.stringContaining(subscription.arn) as unknown,
              MessageAttributes: { severity: { Type: 'String', Value: 'SEV-3' } },
            },
          },
        ],
      },
    },
  ]);
});

test('a queue gets the JSON envelope as its body', async () => {
  const topic = await sns.createTopic({ name: 'alarms' });
  const queueArn = 'arn:aws:sqs:us-east-1:012345678901:inbox';
  await sns.subscribe({ topicArn: topic.arn, protocol: 'sqs', endpoint: queueArn });
  await sns.publish({ topicArn: topic.arn, message: 'hello' }, person);
  await clock.idle();
  expect(queued).toMatchObject([
    { queueArn, body: { Type: 'Notification', Message: 'hello', TopicArn: topic.arn } },
  ]);
  expect(queued[0]?.body).not.toHaveProperty('Subject');
});

test('people read what was sent to confirmed addresses, and see when nobody was notified', async () => {
  const topic = await sns.createTopic({ name: 'sre' });
  await sns.subscribe({ topicArn: topic.arn, protocol: 'email', endpoint: 'pending@example.com' });
  await sns.publish({ topicArn: topic.arn, message: 'one' }, person);
  await sns.subscribe({
    topicArn: topic.arn,
    protocol: 'email',
    endpoint: 'sre@example.com',
    confirmed: true,
  });
  await sns.publish({ topicArn: topic.arn, subject: 'two', message: 'two' }, person);
  expect(sns.messages.all()).toMatchObject([
    { topicArn: topic.arn, subject: null, message: 'one', to: [] },
    { topicArn: topic.arn, subject: 'two', message: 'two', to: ['sre@example.com'] },
  ]);
  const { Subscriptions } = await call('ListSubscriptionsByTopic', { TopicArn: topic.arn });
  expect(Subscriptions).toMatchObject([
    { Endpoint: 'pending@example.com', SubscriptionArn: 'PendingConfirmation' },
    { Endpoint: 'sre@example.com', SubscriptionArn: expect.stringContaining(`${topic.arn}:`) as unknown },
  ]);
});

test('a key that does not let the publisher in refuses the delivery', async () => {
  const topic = await sns.createTopic({ name: 'alarms', kmsKeyId: 'alias/aws/sns' });
  await sns.subscribe({ topicArn: topic.arn, protocol: 'lambda', endpoint: DISPATCHER });
  const asked: unknown[] = [];
  mayUse = (...question) => {
    asked.push(question);
    return question[1].service === undefined;
  };
  await expect(sns.publish({ topicArn: topic.arn, message: 'm' }, cloudwatch)).rejects.toMatchObject({
    code: 'KMSAccessDeniedException',
  });
  await clock.idle();
  expect(invoked).toEqual([]);
  expect(asked).toEqual([
    [
      'alias/aws/sns',
      { service: 'cloudwatch.amazonaws.com' },
      ['kms:GenerateDataKey', 'kms:Decrypt'],
      expect.objectContaining({ 'aws:SourceAccount': '012345678901' }),
    ],
  ]);
  await sns.publish({ topicArn: topic.arn, message: 'm' }, person);
});

describe("a topic's policy", () => {
  const allow = (more: object = {}) => ({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: '*',
        ...more,
      },
    ],
  });
  const publishUnder = async (policy: object, publisher: Parameters<Sns['publish']>[1]) => {
    const topic = await sns.createTopic({ name: 'alarms', policy });
    return sns.publish({ topicArn: topic.arn, message: 'm' }, publisher);
  };

  test('lets in the service that it names', async () => {
    await expect(publishUnder(allow(), cloudwatch)).resolves.toHaveProperty('messageId');
  });

  test('is the end of the default that lets everybody of the account in', async () => {
    const elsewhere = allow({ Principal: { Service: 'events.amazonaws.com' } });
    await expect(publishUnder(elsewhere, cloudwatch)).rejects.toMatchObject({
      code: 'AuthorizationErrorException',
    });
  });

  test('may ask on whose behalf', async () => {
    const forOne = (name: string) =>
      allow({ Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:*:*:alarm:${name}` } } });
    await expect(publishUnder(forOne('cur-*'), cloudwatch)).resolves.toHaveProperty('messageId');
    await expect(publishUnder(forOne('other'), cloudwatch)).rejects.toBeInstanceOf(AwsError);
  });

  test('may let in the alarms of one other account', async () => {
    const theirs = allow({ Condition: { StringEquals: { 'aws:SourceAccount': '222233334444' } } });
    const alarmOf = (sourceAccount: string) => ({ ...cloudwatch, sourceAccount });
    await expect(publishUnder(theirs, alarmOf('222233334444'))).resolves.toHaveProperty('messageId');
    await expect(publishUnder(theirs, alarmOf('555566667777'))).rejects.toBeInstanceOf(AwsError);
    await expect(publishUnder(theirs, cloudwatch)).rejects.toBeInstanceOf(AwsError);
  });
});

test('a filter holds back what is for others, and no other subscription', async () => {
  const topic = await sns.createTopic({ name: 'ops' });
  const filterPolicy = { AlarmName: ['cur-freshness'] };
  await sns.subscribe({ topicArn: topic.arn, protocol: 'lambda', endpoint: DISPATCHER, filterPolicy });
  await sns.subscribe({ topicArn: topic.arn, protocol: 'email', endpoint: 'a@b.c', confirmed: true });
  for (const name of ['cur-freshness', 'disk-full'])
    await sns.publish({ topicArn: topic.arn, message: JSON.stringify({ AlarmName: name }) }, person);
  await sns.publish({ topicArn: topic.arn, message: 'a budget was exceeded' }, person);
  await clock.idle();
  expect(invoked).toHaveLength(1);
  expect(JSON.stringify(invoked)).toContain('cur-freshness');
  expect(sns.messages.all().map(({ to }) => to)).toEqual([['a@b.c'], ['a@b.c'], ['a@b.c']]);
});

test('a failed invocation is tried again: three times at once, then after pauses', async () => {
  const topic = await sns.createTopic({ name: 'alarms' });
  await sns.subscribe({ topicArn: topic.arn, protocol: 'lambda', endpoint: DISPATCHER });
  failures = Array.from({ length: 4 }, () => new Error('throttled'));
  await sns.publish({ topicArn: topic.arn, message: 'm' }, person);
  await clock.advanceTo(new Date('2026-11-23T14:00:00.900Z'));
  expect(invoked).toHaveLength(0);
  await clock.advanceTo(new Date('2026-11-23T14:00:03.000Z'));
  expect(invoked).toHaveLength(1);
  expect(undelivered()).toEqual([]);
});

test('what cannot be delivered goes to the dead-letter queue and is recorded', async () => {
  const topic = await sns.createTopic({ name: 'alarms' });
  const deadLetterArn = 'arn:aws:sqs:us-east-1:012345678901:dead';
  await sns.subscribe({ topicArn: topic.arn, protocol: 'lambda', endpoint: DISPATCHER, deadLetterArn });
  failures = [new AwsError('ResourceNotFoundException', 'Function not found')];
  await sns.publish({ topicArn: topic.arn, message: 'm' }, person);
  await clock.idle();
  expect(queued).toMatchObject([{ queueArn: deadLetterArn, body: { Message: 'm' } }]);
  expect(undelivered()).toMatchObject([{ endpoint: DISPATCHER, error: 'Function not found', deadLetterArn }]);
});

test('subscribing twice is one subscription, and unsubscribing ends it', async () => {
  const topic = await sns.createTopic({ name: 'sre', kmsKeyId: 'k' });
  const way = { topicArn: topic.arn, protocol: 'lambda', endpoint: DISPATCHER };
  const one = await sns.subscribe(way);
  expect((await sns.subscribe(way)).arn).toBe(one.arn);
  await sns.subscribe({ topicArn: topic.arn, protocol: 'email', endpoint: 'a@example.com' });
  expect(await call('GetTopicAttributes', { TopicArn: topic.arn })).toMatchObject({
    Attributes: { KmsMasterKeyId: 'k', SubscriptionsConfirmed: '1', SubscriptionsPending: '1' },
  });
  await sns.unsubscribe(one.arn);
  expect(sns.subscriptionsOf(topic.arn)).toMatchObject([{ protocol: 'email' }]);
});

test.each([
  ['http', 'http://x', /protocol http is not emulated;/],
  ['https', 'http://x', /must match the specified protocol/],
])('a subscription by %s of %s is refused', async (protocol, endpoint, fault) => {
  const { arn } = await sns.createTopic({ name: 'sre' });
  await expect(sns.subscribe({ topicArn: arn, protocol, endpoint })).rejects.toThrow(fault);
});

test.each([
  ['Publish', { Message: 'x', MessageStructure: 'json' }, /JSON message body failed to parse/],
  ['Publish', { Message: '["default"]', MessageStructure: 'json' }, /JSON message body failed to parse/],
  [
    'Publish',
    { Message: '{"email":"x"}', MessageStructure: 'json' },
    /No default entry in JSON message body/,
  ],
  [
    'Publish',
    { Message: '{"default":1}', MessageStructure: 'json' },
    /No default entry in JSON message body/,
  ],
  ['Publish', { Message: '{"default":"x"}', MessageStructure: 'xml' }, /MessageStructure/],
  ['Publish', { Message: 'x', Subject: 'two\nlines' }, /no line break/],
  ['Publish', { Message: '' }, /Empty message/],
])('%s refuses %j', async (name, input, fault) => {
  const { arn } = await sns.createTopic({ name: 'sre' });
  await expect(call(name, { TopicArn: arn, ...input })).rejects.toThrow(fault);
});

test('an unknown topic', async () => {
  await expect(sns.publish({ topicArn: 'arn:none', message: 'x' }, person)).rejects.toMatchObject({
    code: 'NotFoundException',
  });
});
