import type { ReceiveMessageCommandOutput } from '@aws-sdk/client-sqs';
import { SqsMetrics } from '../../aws/sqs-metrics.ts';
import { sqsDefinition } from '../../aws/sqs-operations.ts';
import { Sqs } from '../../aws/sqs.ts';
import { Clock } from '../../kernel/clock.ts';
import { ROOT } from '../../kernel/credentials.ts';
import { memoryStore } from '../support/memory-store.ts';

const URL = 'http://127.0.0.1:4566/012345678901/inbox';
const ARN = 'arn:aws:sqs:us-east-1:012345678901:inbox';
const DEAD = 'arn:aws:sqs:us-east-1:012345678901:dead';

let clock: Clock;
let store: ReturnType<typeof memoryStore>;
let sqs: Sqs;

const make = () => new Sqs({ store, clock, endpoint: () => 'http://127.0.0.1:4566' });

beforeEach(() => {
  clock = new Clock(new Date('2026-11-23T14:00:00.000Z'));
  store = memoryStore();
  sqs = make();
});

afterEach(() => clock.stop());

async function call<T = Record<string, unknown>>(name: string, input: unknown): Promise<T> {
  const op = sqsDefinition(sqs).operations[name];
  if (!op) throw new Error(`no operation ${name}`);
  return (await op.handle(input as never, { requestId: 'r', principal: ROOT, now: clock.now() })) as T;
}

const later = (seconds: number) => clock.advanceTo(new Date(clock.now().getTime() + seconds * 1000));

test('a received message is hidden until its time-out, and gone once deleted', async () => {
  expect(await sqs.createQueue({ name: 'inbox', visibilityTimeout: 60 })).toEqual({ arn: ARN, url: URL });
  await sqs.send(ARN, 'hello');
  const [first] = await sqs.receive(ARN);
  expect(first).toMatchObject({ body: 'hello', receiveCount: 1 });
  expect(await sqs.receive(ARN)).toEqual([]);
  await later(61);
  const [second] = await sqs.receive(ARN);
  expect(second).toMatchObject({ body: 'hello', receiveCount: 2 });

  await sqs.deleteMessage(ARN, first?.receiptHandle ?? '');
  expect(sqs.peek(ARN)).toHaveLength(1);
  await sqs.deleteMessage(ARN, second?.receiptHandle ?? '');
  expect(sqs.peek(ARN)).toEqual([]);
});

test('two receivers at once never get the same message', async () => {
  await sqs.createQueue({ name: 'inbox' });
  for (const body of ['a', 'b', 'c']) await sqs.send(ARN, body);
  const taken = (await Promise.all([sqs.receive(ARN, 2), sqs.receive(ARN, 2)])).flat();
  expect(taken.map(({ body }) => body).sort()).toEqual(['a', 'b', 'c']);
});

test('received too often, a message moves to the dead-letter queue', async () => {
  await sqs.createQueue({ name: 'dead' });
  await sqs.createQueue({ name: 'inbox', redrive: { deadLetterArn: DEAD, maxReceiveCount: 2 } });
  await sqs.send(ARN, 'poison');
  for (let i = 0; i < 2; i++) {
    expect(await sqs.receive(ARN)).toHaveLength(1);
    await later(31);
  }
  expect(await sqs.receive(ARN)).toEqual([]);
  expect(sqs.counts(ARN).visible).toBe(0);
  expect(await sqs.receive(DEAD)).toMatchObject([{ body: 'poison', receiveCount: 1 }]);
});

test('watchers hear of new messages and of time-outs that are over, also after a restart', async () => {
  await sqs.createQueue({ name: 'inbox' });
  let heard = 0;
  const unwatch = sqs.watch(ARN, () => heard++);
  await sqs.send(ARN, 'm');
  await later(1);
  expect(heard).toBe(1);
  await sqs.receive(ARN);
  await later(31);
  expect(heard).toBe(2);
  unwatch();

  await sqs.receive(ARN);
  sqs = make();
  let reheard = 0;
  sqs.watch(ARN, () => reheard++);
  expect(reheard).toBe(0);
  await later(31);
  expect(reheard).toBe(1);
});

test('delays, retention and changed visibility follow the clock', async () => {
  await sqs.createQueue({ name: 'inbox', retentionSeconds: 3600 });
  await sqs.send(ARN, 'later', {}, 120);
  expect(sqs.counts(ARN)).toMatchObject({ visible: 0, delayed: 1 });
  await later(121);
  const [message] = await sqs.receive(ARN);
  await sqs.changeVisibility(ARN, message?.receiptHandle ?? '', 0);
  expect(sqs.counts(ARN)).toMatchObject({ visible: 1, inFlight: 0 });
  await expect(sqs.changeVisibility(ARN, message?.receiptHandle ?? '', 30)).rejects.toMatchObject({
    code: 'MessageNotInflight',
  });
  await later(3600);
  expect(sqs.counts(ARN).visible).toBe(0);
  await clock.idle();
  expect(store.collection('sqs.message').all()).toEqual([]);
});

test('a service may send only as the policy says', async () => {
  const topic = 'arn:aws:sns:us-east-1:012345678901:alarms';
  await sqs.createQueue({ name: 'inbox' });
  await expect(sqs.sendFrom('sns.amazonaws.com', topic, ARN, 'm')).rejects.toMatchObject({
    code: 'AccessDenied',
  });
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: ARN,
        Condition: { ArnEquals: { 'aws:SourceArn': topic } },
      },
    ],
  };
  await sqs.createQueue({ name: 'inbox', policy });
  await sqs.sendFrom('sns.amazonaws.com', topic, ARN, 'm');
  await expect(sqs.sendFrom('sns.amazonaws.com', `${topic}2`, ARN, 'm')).rejects.toMatchObject({
    code: 'AccessDenied',
  });
  expect(sqs.peek(ARN)).toHaveLength(1);
});

test('metrics come at every full minute', async () => {
  const published: [string, number][] = [];
  const metrics = new SqsMetrics({
    sqs,
    clock,
    putMetricData: (namespace, data) =>
      data.forEach(({ MetricName, Value = NaN, Dimensions }) => {
        if (MetricName === 'ApproximateNumberOfMessagesVisible')
          published.push([`${namespace} ${Dimensions?.[0]?.Name}=${Dimensions?.[0]?.Value}`, Value]);
      }),
  });
  await sqs.createQueue({ name: 'inbox' });
  metrics.start();
  await later(61);
  await sqs.send(ARN, 'm');
  await later(60);
  metrics.stop();
  await later(600);
  expect(published).toEqual([
    ['AWS/SQS QueueName=inbox', 0],
    ['AWS/SQS QueueName=inbox', 1],
  ]);
});

describe('the operations', () => {
  test('long polling answers when a message comes, and does not wait out its time', async () => {
    await sqs.createQueue({ name: 'inbox' });
    const waiting = call<ReceiveMessageCommandOutput>('ReceiveMessage', {
      QueueUrl: URL,
      WaitTimeSeconds: 20,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    const MessageAttributes = {
      n: { DataType: 'Number', StringValue: '7' },
      b: { DataType: 'Binary', BinaryValue: Buffer.from('x') },
    };
    await sqs.send(ARN, 'hi', MessageAttributes);
    expect((await waiting).Messages).toMatchObject([
      {
        Body: 'hi',
        MD5OfBody: '49f68a5c8493ec2c0bf489821c21fc3b',
        Attributes: { ApproximateReceiveCount: '1' },
        MessageAttributes,
      },
    ]);
    const timers = jest.spyOn(globalThis, 'setTimeout');
    expect(await call('ReceiveMessage', { QueueUrl: URL, WaitTimeSeconds: 20 })).toEqual({});
    // Real milliseconds, instead of 20 seconds: the emulator's clock stands still while a call is open.
    expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([500]);
    timers.mockRestore();
  });

  test('attributes, URLs, and a change of visibility', async () => {
    await sqs.createQueue({ name: 'inbox', redrive: { deadLetterArn: DEAD, maxReceiveCount: 3 } });
    await sqs.send(ARN, 'x');
    expect(await call('GetQueueAttributes', { QueueUrl: URL, AttributeNames: ['All'] })).toMatchObject({
      Attributes: {
        QueueArn: ARN,
        ApproximateNumberOfMessages: '1',
        RedrivePolicy: `{"deadLetterTargetArn":"${DEAD}","maxReceiveCount":3}`,
      },
    });
    expect(await call('GetQueueUrl', { QueueName: 'inbox' })).toEqual({ QueueUrl: URL });
    const [received] = await sqs.receive(ARN);
    const handle = { QueueUrl: URL, ReceiptHandle: received?.receiptHandle };
    await call('ChangeMessageVisibility', { ...handle, VisibilityTimeout: 0 });
    expect(sqs.counts(ARN)).toMatchObject({ visible: 1, inFlight: 0 });
    await sqs.purge(ARN);
    expect(sqs.peek(ARN)).toEqual([]);
  });

  test.each([
    ['ReceiveMessage', { QueueUrl: `${URL}2` }, /does not exist/],
    ['ReceiveMessage', { QueueUrl: URL, ReceiveRequestAttemptId: 'a' }, /ReceiveRequestAttemptId/],
    ['ChangeMessageVisibility', { QueueUrl: URL, ReceiptHandle: 'rubbish' }, /receipt handle/],
  ])('%s refuses %j', async (name, input, fault) => {
    await sqs.createQueue({ name: 'inbox' });
    await expect(call(name, input)).rejects.toThrow(fault);
  });

  test('what is no message or no queue is refused', async () => {
    await expect(sqs.createQueue({ name: 'x.fifo' })).rejects.toThrow(/FIFO/);
    await sqs.createQueue({ name: 'inbox' });
    await expect(sqs.send(ARN, '')).rejects.toMatchObject({ code: 'InvalidMessageContents' });
  });
});
