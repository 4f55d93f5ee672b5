import { InvokeCommand } from '@aws-sdk/client-lambda';
import { plain, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld({ limits: { perFunction: 2, total: 3 } });
});
afterEach(() => world.end());

const sleepers = (name: string, count: number, ms: number): Promise<unknown[]> =>
  Promise.all(
    Array.from({ length: count }, () =>
      world.lambda.invoke({ function: name, payload: { ms }, type: 'RequestResponse' }),
    ),
  );

test('never more workers than allowed, per function and in all; the rest waits its turn', async () => {
  for (const name of ['a', 'b']) world.lambda.createFunction(plain(name, 'plain.sleeper'));
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, world.lambda.workerPids().length)), 5);
  const answers = await Promise.all([sleepers('a', 5, 30), sleepers('b', 5, 30)]);
  clearInterval(watch);
  expect(answers.flat()).toHaveLength(10);
  expect(most).toBe(3);
  expect(world.lambda.workerPids('a').length).toBeLessThanOrEqual(2);
});

test('an idle worker makes room for another function', async () => {
  for (const name of ['a', 'b', 'c']) world.lambda.createFunction(plain(name, 'plain.sleeper'));
  await sleepers('a', 2, 20);
  await sleepers('b', 1, 0);
  await sleepers('c', 1, 0);
  expect(world.lambda.workerPids('c')).toHaveLength(1);
  expect(world.lambda.workerPids().length).toBeLessThanOrEqual(3);
});

test('what a worker waits for may start beyond the limit: two functions cannot lock each other out', async () => {
  for (const name of ['a', 'b', 'c']) world.lambda.createFunction(plain(name, 'plain.sleeper'));
  const busy = [sleepers('a', 2, 400), sleepers('b', 1, 400)];
  while (world.lambda.workerPids().length < 3) await new Promise(setImmediate);
  const nested = await world.lambda.invoke({
    function: 'c',
    payload: { ms: 0 },
    type: 'RequestResponse',
    nested: true,
  });
  expect(nested.statusCode).toBe(200);
  expect(world.lambda.workerPids().length).toBe(4);
  await Promise.all(busy);
});

test('the clock stands still as long as an invocation runs', async () => {
  world.lambda.createFunction(plain('a', 'plain.sleeper'));
  const began = performance.now();
  let jumpedAfter = 0;
  world.clock.at('soon', new Date(world.clock.now().getTime() + 60_000), () => {
    jumpedAfter = performance.now() - began;
  });
  const call = world.client.send(
    new InvokeCommand({ FunctionName: 'a', Payload: Buffer.from('{"ms":200}') }),
  );
  while (world.clock.inFlight().length === 0) await new Promise(setImmediate);
  await world.until(() => jumpedAfter > 0);
  await call;
  expect(jumpedAfter).toBeGreaterThanOrEqual(200);
});
