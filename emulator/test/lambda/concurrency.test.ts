import { writeFileSync } from 'node:fs';
import { eventually, turns } from '../support/eventually.ts';
import { durable, plain, read, scratchFile, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld({ limits: { perFunction: 2, total: 3 } });
});
afterEach(() => world.end());

const call = (name: string, payload: object): Promise<unknown> =>
  world.lambda.invoke({ function: name, payload, type: 'RequestResponse' });

/** Invocations that go on until the gate is opened. */
class Gated {
  private readonly gate = scratchFile();
  private readonly begun = scratchFile();

  call(name: string, count: number): Promise<unknown> {
    return Promise.all(
      Array.from({ length: count }, () => call(name, { gate: this.gate, begun: this.begun })),
    );
  }

  /** How many have begun. */
  get count(): number {
    return read(this.begun).length;
  }

  open(): void {
    writeFileSync(this.gate, '');
  }
}

let gated: Gated;
beforeEach(() => {
  gated = new Gated();
});

test('never more workers than allowed, per function and in all; the rest waits its turn', async () => {
  for (const name of ['a', 'b']) world.lambda.createFunction(plain(name, 'plain.gated'));
  const answers = Promise.all([gated.call('a', 5), gated.call('b', 5)]);
  await eventually('three invocations to begin', () => gated.count === 3);
  expect(world.lambda.workerPids('a')).toHaveLength(2);
  expect(world.lambda.workerPids()).toHaveLength(3);
  await turns();
  expect(gated.count).toBe(3);
  gated.open();
  await answers;
  expect(gated.count).toBe(10);
  expect(world.lambda.workerPids('a').length).toBeLessThanOrEqual(2);
  expect(world.lambda.workerPids().length).toBeLessThanOrEqual(3);
});

test('an idle worker makes room for another function', async () => {
  for (const name of ['a', 'b', 'c']) world.lambda.createFunction(plain(name, 'plain.gated'));
  const two = gated.call('a', 2);
  await eventually('two invocations to begin', () => gated.count === 2);
  gated.open();
  await two;
  expect(world.lambda.workerPids('a')).toHaveLength(2);
  await gated.call('b', 1);
  await gated.call('c', 1);
  expect(world.lambda.workerPids('c')).toHaveLength(1);
  expect(world.lambda.workerPids().length).toBeLessThanOrEqual(3);
});

test('what a worker waits for may start beyond the limit: two functions cannot lock each other out', async () => {
  for (const name of ['a', 'b']) world.lambda.createFunction(plain(name, 'plain.gated'));
  world.lambda.createFunction(plain('c', 'plain.nothing'));
  const busy = [gated.call('a', 2), gated.call('b', 1)];
  await eventually('three invocations to begin', () => gated.count === 3);
  const nested = await world.lambda.invoke({
    function: 'c',
    payload: {},
    type: 'RequestResponse',
    nested: true,
  });
  expect(nested.statusCode).toBe(200);
  expect(world.lambda.workerPids().length).toBe(4);
  gated.open();
  await Promise.all(busy);
});

test('a call above what is reserved for its function is throttled, and one that ended makes room', async () => {
  world.lambda.createFunction({ ...plain('a', 'plain.gated'), reservedConcurrency: 2 });
  const two = gated.call('a', 2);
  await eventually('two invocations to begin', () => gated.count === 2);
  await expect(gated.call('a', 1)).rejects.toMatchObject({ code: 'TooManyRequestsException', status: 429 });
  gated.open();
  await two;
  await gated.call('a', 1);
  expect(gated.count).toBe(3);
});

test('a call above what the account has is throttled; events and executions wait for room', async () => {
  world.lambda.concurrency.account = 2;
  world.lambda.createFunction(plain('a', 'plain.gated'));
  world.lambda.createFunction(plain('b', 'plain.nothing'));
  const live = durable(world.lambda, 'd', 'durable.stepWaitStep');
  const two = gated.call('a', 2);
  await eventually('two invocations to begin', () => gated.count === 2);
  await expect(call('b', {})).rejects.toMatchObject({ code: 'TooManyRequestsException', status: 429 });
  await world.lambda.invoke({ function: 'b', payload: {}, type: 'Event' });
  await world.lambda.invoke({ function: live, payload: {}, type: 'Event', durableExecutionName: 'one' });
  await turns();
  expect(world.messages('b')).toEqual([]);
  expect(world.messages('d')).toEqual([]);
  gated.open();
  await two;
  await world.until(() => world.lambda.executionsOf('d').every(({ status }) => status === 'SUCCEEDED'));
  await world.until(() => world.lambda.queuedEvents === 0);
  expect(world.messages('b')).not.toEqual([]);
  // Waiting is no attempt, and no dead letter.
  expect(world.sent).toEqual([]);
  await call('b', {});
});

test('the clock stands still as long as an invocation runs', async () => {
  world.lambda.createFunction(plain('a', 'plain.gated'));
  let jumped = false;
  world.clock.at('soon', new Date(world.clock.now().getTime() + 60_000), () => {
    jumped = true;
  });
  const answered = gated.call('a', 1);
  await eventually('the invocation to begin', () => gated.count === 1);
  const advanced = world.until(() => jumped);
  await turns();
  expect(jumped).toBe(false);
  gated.open();
  await answered;
  await advanced;
});
