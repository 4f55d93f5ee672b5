import { execFileSync } from 'node:child_process';
import { WarmWorkers } from '../../lambda/warm-workers.ts';
import { freePort } from '../../postgres/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive, plain, startWorld } from './world.ts';
import type { World } from './world.ts';

let warm: WarmWorkers;
let port: number;
beforeEach(async () => {
  warm = new WarmWorkers();
  port = await freePort();
});
afterEach(() => warm.end());

/** One world after another, each on the same port unless it is given another. */
async function inWorld<T>(use: (world: World) => Promise<T>, at = port): Promise<T> {
  const world = await startWorld({ warm, port: at });
  try {
    return await use(world);
  } finally {
    await world.end();
  }
}

async function echo(world: World): Promise<number> {
  world.lambda.createFunction(plain('echo', 'plain.echo'));
  const { payload } = await world.lambda.invoke({ function: 'echo', payload: {}, type: 'RequestResponse' });
  return (JSON.parse(payload ?? '') as { pid: number }).pid;
}

test('an idle worker serves the next emulator, under its function’s role and in that one’s log', async () => {
  const before = await inWorld(echo);
  expect(isAlive(before)).toBe(true);
  await inWorld(async (world) => {
    expect(await echo(world)).toBe(before);
    expect(world.lambda.workerPids('echo')).toEqual([before]);
    expect(world.messages('echo').at(0)).toMatch(/^START RequestId/);
  });
});

test('a worker that stood still runs while nobody has it, or it would outlive its process', async () => {
  const stateOf = (pid: number): string =>
    execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  const world = await startWorld({ warm, port, allFrozen: () => undefined });
  const pid = await echo(world);
  expect(stateOf(pid)).toMatch(/^T/);
  await world.end();
  expect(stateOf(pid)).toMatch(/^[RS]/);
});

test.each([
  ['environment', { environment: { COLOUR: 'green' } }],
  ['role', { roleArn: 'arn:aws:iam::012345678901:role/another' }],
  ['handler', { handler: 'plain.nothing' }],
])('a function with another %s starts cold', async (_, more) => {
  const before = await inWorld(echo);
  await inWorld(async (world) => {
    world.lambda.createFunction(plain('echo', 'plain.echo', more));
    await world.lambda.invoke({ function: 'echo', payload: {}, type: 'RequestResponse' });
    expect(world.lambda.workerPids('echo')).not.toContain(before);
  });
});

test('on another endpoint every function starts cold', async () => {
  const before = await inWorld(echo);
  expect(await inWorld(echo, await freePort())).not.toBe(before);
});

test('a worker keeps its role in every emulator', async () => {
  const key = await inWorld(async (world) => {
    world.lambda.createFunction(plain('env', 'plain.environment'));
    const { payload } = await world.lambda.invoke({ function: 'env', payload: {}, type: 'RequestResponse' });
    return (JSON.parse(payload ?? '') as Record<string, string>)['AWS_ACCESS_KEY_ID'];
  });
  await inWorld(async ({ credentials }) => {
    expect(credentials.principalOf(key ?? '')).toMatchObject({ roleName: 'env' });
  });
});

test('a busy worker ends with its emulator, and idle ones when they are ended', async () => {
  const idle = await inWorld(echo);
  const busy = await inWorld(async (world) => {
    world.lambda.createFunction(plain('sleep', 'plain.sleeper'));
    void world.lambda
      .invoke({ function: 'sleep', payload: { ms: 60_000 }, type: 'RequestResponse' })
      .catch(() => undefined);
    return eventually('a worker to start', () => world.lambda.workerPids('sleep')[0]);
  });
  expect(isAlive(busy)).toBe(false);
  expect(isAlive(idle)).toBe(true);
  await warm.end();
  expect(isAlive(idle)).toBe(false);
});
