import { InvokeCommand } from '@aws-sdk/client-lambda';
import { arn } from '../../kernel/places.ts';
import type { ExecutionHistory } from '../../lambda/durable-history.ts';
import { memoryStore } from '../support/memory-store.ts';
import { eventually } from '../support/eventually.ts';
import { durable, read, scratchFile, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
afterEach(async () => {
  await world.end();
  expect(world.errors).toEqual([]);
});

async function begin(alias: string, payload: object): Promise<string> {
  const { DurableExecutionArn } = await world.client.send(
    new InvokeCommand({
      FunctionName: alias,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  );
  return DurableExecutionArn ?? '';
}

async function finish(execution: string): Promise<ExecutionHistory> {
  await world.until(() => world.lambda.history(execution).status !== 'RUNNING');
  return world.lambda.history(execution);
}

/** What the step `act` did to the world, once per line. */
const acts = (file: string): number => read(file).split('\n').filter(Boolean).length;

async function whileActing(file: string): Promise<void> {
  await eventually('the step to act', () => acts(file) > 0);
}

test('a worker killed within an at-most-once step: it is not repeated, and the replay learns of it', async () => {
  world = await startWorld();
  const file = scratchFile();
  const execution = await begin(durable(world.lambda, 'act', 'durable.act'), { file, ms: 60_000 });
  await whileActing(file);
  process.kill(Number(read(file).trim()), 'SIGKILL');
  const history = await finish(execution);
  expect(history.result).toEqual({ interrupted: 'StepInterruptedError' });
  expect(acts(file)).toBe(1);
  expect(history.operations.map(({ name, attempts }) => [name, attempts])).toEqual([
    ['look', 1],
    ['act', 1],
  ]);
});

test('a worker killed within a plain step: the step is repeated', async () => {
  world = await startWorld();
  const file = scratchFile();
  const execution = await begin(durable(world.lambda, 'act', 'durable.act'), {
    file,
    ms: 60_000,
    careful: false,
  });
  await whileActing(file);
  process.kill(Number(read(file).trim()), 'SIGKILL');
  expect((await finish(execution)).result).toEqual({ result: 'acted' });
  expect(acts(file)).toBe(2);
});

const isClosing = (input: Readonly<Record<string, unknown>>): boolean =>
  JSON.stringify(input).includes('"SUCCEED"') && JSON.stringify(input).includes('acted');

test.each([
  ['before', { interrupted: 'StepInterruptedError' }],
  ['after', { result: 'acted' }],
] as const)('killed %s the checkpoint of a finished step', async (when, result) => {
  world = await startWorld();
  const operation = 'CheckpointDurableExecution';
  world.faults.add({ service: 'lambda', operation, when, match: isClosing, times: 1, effect: 'kill-worker' });
  const file = scratchFile();
  const history = await finish(await begin(durable(world.lambda, 'act', 'durable.act'), { file }));
  expect(history).toMatchObject({ status: 'SUCCEEDED', result, invocationCount: 2 });
  expect(acts(file)).toBe(1);
});

test('the lost answer of a checkpoint is asked for again and given again', async () => {
  world = await startWorld();
  const operation = 'CheckpointDurableExecution';
  world.faults.add({
    service: 'lambda',
    operation,
    when: 'after',
    match: isClosing,
    times: 1,
    effect: 'drop-connection',
  });
  const file = scratchFile();
  const history = await finish(await begin(durable(world.lambda, 'act', 'durable.act'), { file }));
  expect(history).toMatchObject({ status: 'SUCCEEDED', result: { result: 'acted' }, invocationCount: 1 });
});

test('a function that always crashes is given up, and its event is not lost', async () => {
  world = await startWorld();
  const alias = durable(world.lambda, 'crash', 'plain.crash', { deadLetterArn: arn('sqs', 'dead') });
  const history = await finish(await begin(alias, { alarm: 'a' }));
  expect(history).toMatchObject({
    status: 'FAILED',
    error: { ErrorType: 'Runtime.ExitError' },
    invocationCount: 11,
  });
  // 1 + 2 + 4 + … s, at most a minute each.
  expect((history.end?.getTime() ?? 0) - history.start.getTime()).toBe(303_000);
  await world.clock.idle();
  expect(world.sent.map(({ body }) => body)).toEqual(['{"alarm":"a"}']);
});

test('a new emulator on the same store goes on: with a wait, and with an invocation that was in flight', async () => {
  const store = memoryStore();
  world = await startWorld({ store });
  const file = scratchFile();
  const waiting = await begin(durable(world.lambda, 'runner', 'durable.stepWaitStep'), { hello: 1 });
  await world.clock.idle();
  const acting = await begin(durable(world.lambda, 'act', 'durable.act'), { file, ms: 60_000 });
  await whileActing(file);
  const before = world.lambda.history(waiting);
  await world.end();

  world = await startWorld({ store });
  durable(world.lambda, 'runner', 'durable.stepWaitStep');
  durable(world.lambda, 'act', 'durable.act');
  expect(world.lambda.history(acting).status).toBe('RUNNING');
  world.lambda.resume();
  expect((await finish(acting)).result).toEqual({ interrupted: 'StepInterruptedError' });
  expect(acts(file)).toBe(1);
  const history = await finish(waiting);
  expect(history).toMatchObject({ status: 'SUCCEEDED', invocationCount: 2 });
  expect(history.operations[0]?.end).toEqual(before.operations[0]?.end);
});

test('a function that was invoked by another one is invoked again by a new emulator', async () => {
  const store = memoryStore();
  const create = (): string => {
    const TARGET = durable(world.lambda, 'target', 'durable.stepWaitStep');
    return durable(world.lambda, 'caller', 'durable.invokes', { environment: { TARGET } });
  };
  world = await startWorld({ store });
  const caller = await begin(create(), {});
  const target = () => world.lambda.executionsOf('target');
  // The target's wait of five minutes has begun, and it holds the caller.
  await world.clock.advanceTo(new Date(world.clock.now().getTime() + 60_000));
  expect(target()).toMatchObject([{ status: 'RUNNING', operationCount: 2 }]);
  await world.end();

  world = await startWorld({ store });
  create();
  world.lambda.resume();
  expect((await finish(caller)).result).toMatchObject({ got: { event: { asked: 1 } } });
  expect(target()).toHaveLength(1);
});

test('a wait that ended while no emulator ran is over at once', async () => {
  const store = memoryStore();
  world = await startWorld({ store });
  const execution = await begin(durable(world.lambda, 'runner', 'durable.stepWaitStep'), {});
  await world.clock.idle();
  await world.end();

  world = await startWorld({ store });
  await world.clock.advanceTo(new Date(world.clock.now().getTime() + 3_600_000));
  durable(world.lambda, 'runner', 'durable.stepWaitStep');
  world.lambda.resume();
  const resumed = world.clock.now().getTime();
  const history = await finish(execution);
  expect(history.end?.getTime()).toBe(resumed);
});
