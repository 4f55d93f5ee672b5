import { Sqs } from '../../aws/sqs.ts';
import { Clock } from '../../kernel/clock.ts';
import { arn } from '../../kernel/places.ts';
import { memoryStore } from '../support/memory-store.ts';
import { eventually } from '../support/eventually.ts';
import { plain, read, scratchFile, START, startWorld } from './world.ts';
import type { World } from './world.ts';

const DEAD = arn('sqs', 'dead');
const FAILED = arn('sns', 'failed');
let world: World;
afterEach(() => world.end());

const minutesAfterStart = (): number => Math.round((world.clock.now().getTime() - START.getTime()) / 60_000);

test('a failing event is tried after one and two minutes again, and then goes to both destinations', async () => {
  world = await startWorld();
  const note = scratchFile();
  world.lambda.createFunction(plain('fail', 'plain.fail', { deadLetterArn: DEAD }));
  world.lambda.publishVersion('fail');
  world.lambda.createAlias({ functionName: 'fail', name: 'live', version: '1' });
  world.lambda.putEventInvokeConfig({ functionName: 'fail', qualifier: 'live', onFailureArn: FAILED });
  const accepted = await world.lambda.invoke({ function: 'fail:live', payload: { note }, type: 'Event' });
  expect(accepted).toMatchObject({ statusCode: 202 });

  await world.clock.idle();
  expect(read(note)).toBe('x');
  await world.until(() => read(note) === 'xx');
  expect(minutesAfterStart()).toBe(1);
  await world.until(() => world.sent.length === 2);
  expect(minutesAfterStart()).toBe(3);
  expect(read(note)).toBe('xxx');
  expect(world.lambda.queuedEvents).toBe(0);

  const [record, letter] = world.sent;
  expect(record?.target).toBe(FAILED);
  expect(JSON.parse(record?.body ?? '')).toMatchObject({
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
    requestPayload: { note },
    responsePayload: { errorType: 'TypeError', errorMessage: 'it does not work' },
  });
  expect(letter).toMatchObject({ target: DEAD, body: JSON.stringify({ note }) });
  expect(letter?.attributes).toMatchObject({
    ErrorCode: { StringValue: '200' },
    ErrorMessage: { StringValue: 'it does not work' },
    RequestID: { StringValue: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
  });
});

test('maximumRetryAttempts 0 means one attempt', async () => {
  world = await startWorld();
  const note = scratchFile();
  world.lambda.createFunction(plain('fail', 'plain.fail', { deadLetterArn: DEAD }));
  world.lambda.putEventInvokeConfig({ functionName: 'fail', maximumRetryAttempts: 0 });
  await world.lambda.invoke({ function: 'fail', payload: { note }, type: 'Event' });
  await world.clock.idle();
  expect(read(note)).toBe('x');
  expect(world.sent).toHaveLength(1);
});

test('an event that finds no room for longer than its function accepts goes to the dead-letter queue', async () => {
  world = await startWorld();
  const note = scratchFile();
  world.lambda.createFunction(plain('work', 'plain.fail', { deadLetterArn: DEAD }));
  world.lambda.concurrency.account = 0;
  const pass = (hours: number) =>
    world.clock.advanceTo(new Date(world.clock.now().getTime() + hours * 3_600_000));
  await world.lambda.invoke({ function: 'work', payload: { note }, type: 'Event' });
  await pass(5.5);
  expect(world.lambda.queuedEvents).toBe(1);
  await pass(1);
  expect(world.lambda.queuedEvents).toBe(0);
  expect(world.sent).toMatchObject([{ target: DEAD, body: JSON.stringify({ note }) }]);
  expect(world.sent[0]?.attributes?.['ErrorMessage']?.StringValue).toMatch(/older than the function accepts/);

  world.lambda.putEventInvokeConfig({ functionName: 'work', maximumEventAgeSeconds: 60 });
  await world.lambda.invoke({ function: 'work', payload: { note }, type: 'Event' });
  await pass(0.2);
  expect(world.sent).toHaveLength(2);
  expect(read(note)).toBe('');
});

test('an accepted event outlives the emulator', async () => {
  const store = memoryStore();
  world = await startWorld({ store });
  const note = scratchFile();
  world.lambda.createFunction(plain('fail', 'plain.fail', { deadLetterArn: DEAD }));
  await world.lambda.invoke({ function: 'fail', payload: { note }, type: 'Event' });
  await world.clock.idle();
  await world.end();
  expect(read(note)).toBe('x');

  world = await startWorld({ store });
  world.lambda.createFunction(plain('fail', 'plain.fail', { deadLetterArn: DEAD }));
  world.lambda.resume();
  await world.until(() => world.sent.length === 1);
  expect(read(note)).toBe('xxx');
});

test('an event in flight when the emulator stops is handled by the next one', async () => {
  const store = memoryStore();
  world = await startWorld({ store });
  world.lambda.createFunction(plain('sleep', 'plain.sleeper'));
  await world.lambda.invoke({ function: 'sleep', payload: { ms: 60_000 }, type: 'Event' });
  await eventually('a worker to start', () => world.lambda.workerPids().length > 0);
  await world.end();

  world = await startWorld({ store });
  world.lambda.createFunction(plain('sleep', 'plain.nothing'));
  expect(world.lambda.queuedEvents).toBe(1);
  world.lambda.resume();
  await world.until(() => world.lambda.queuedEvents === 0);
});

test('a service needs a permission for the very function, version and source', async () => {
  world = await startWorld();
  world.lambda.createFunction(plain('echo', 'plain.echo'));
  const caller = { service: 'sns.amazonaws.com', sourceArn: arn('sns', 'alarms') };
  const invoke = () => world.lambda.invoke({ function: 'echo', type: 'Event', payload: {}, caller });
  await expect(invoke()).rejects.toMatchObject({ code: 'AccessDeniedException' });
  world.lambda.addPermission({
    functionName: 'echo',
    principal: 'sns.amazonaws.com',
    sourceArn: arn('sns', 'other'),
  });
  await expect(invoke()).rejects.toMatchObject({ code: 'AccessDeniedException' });
  world.lambda.addPermission({
    functionName: 'echo',
    principal: 'sns.amazonaws.com',
    sourceArn: arn('sns', 'al*'),
  });
  await expect(invoke()).resolves.toMatchObject({ statusCode: 202 });
});

test('an event that is no JSON or too large is refused', async () => {
  world = await startWorld();
  world.lambda.createFunction(plain('echo', 'plain.echo'));
  await expect(
    world.lambda.invoke({ function: 'echo', type: 'Event', payload: Buffer.from('{"a":') }),
  ).rejects.toMatchObject({ code: 'InvalidRequestContentException' });
  const large = { text: 'x'.repeat(1024 * 1024) };
  await expect(
    world.lambda.invoke({ function: 'echo', type: 'Event', payload: large }),
  ).rejects.toMatchObject({
    code: 'RequestTooLargeException',
  });
  await expect(
    world.lambda.invoke({ function: 'echo', type: 'RequestResponse', payload: large }),
  ).resolves.toMatchObject({ statusCode: 200 });
});

test.each([
  ['what was given back comes again, and is dead after two attempts', true, ['bad'], 2],
  ['without partial batch responses the batch is done', false, [], 1],
])('a queue feeds a function: %s', async (_what, reportBatchItemFailures, dead, batches) => {
  const clock = new Clock(START);
  const sqs = new Sqs({ store: memoryStore(), clock, endpoint: () => 'http://127.0.0.1' });
  const deadLetters = await sqs.createQueue({ name: 'dead' });
  const redrive = { deadLetterArn: deadLetters.arn, maxReceiveCount: 2 };
  const queue = await sqs.createQueue({ name: 'q', visibilityTimeout: 30, redrive });
  await sqs.send(queue.arn, 'good');
  await sqs.send(queue.arn, 'bad');
  world = await startWorld({ clock, queues: sqs });
  world.lambda.createFunction(plain('batch', 'plain.batch'));
  const functionArn = arn('lambda', 'function:batch');
  world.lambda.createEventSourceMapping({ queueArn: queue.arn, functionArn, reportBatchItemFailures });
  await clock.advanceTo(new Date(START.getTime() + 300_000));
  clock.stop();
  expect(world.messages('batch').filter((line) => line.startsWith('REPORT'))).toHaveLength(batches);
  expect((await sqs.receive(deadLetters.arn, 10)).map(({ body }) => body)).toEqual(dead);
});
