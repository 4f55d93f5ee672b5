import { eventually } from '../support/eventually.ts';
import { isAlive, plain, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.end());

async function call<Result = object>(
  name: string,
  payload: unknown = {},
): Promise<{ result: Result; failed: boolean }> {
  const { payload: text, functionError } = await world.lambda.invoke({
    function: name,
    payload,
    type: 'RequestResponse',
  });
  return { result: JSON.parse(text ?? '') as Result, failed: functionError !== undefined };
}

test('a handler gets the event and Lambda’s context', async () => {
  world.lambda.createFunction(plain('echo', 'plain.echo', { timeoutSeconds: 900 }));
  const { result } = await call<{ remaining: number }>('echo', { hello: ['world'] });
  expect(result).toMatchObject({
    event: { hello: ['world'] },
    functionName: 'echo',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:012345678901:function:echo',
    memoryLimitInMB: '256',
  });
  // Of real time: no machine takes minutes to begin.
  expect(result.remaining).toBeGreaterThan(600_000);
  expect(result.remaining).toBeLessThanOrEqual(900_000);
});

test('a worker’s environment is the function’s own, and nothing of the user’s', async () => {
  process.env['SECRET_OF_THE_USER'] = 'do not pass on';
  world.lambda.createFunction(plain('env', 'plain.environment', { environment: { COLOUR: 'green' } }));
  const { result } = await call<Record<string, string>>('env');
  delete process.env['SECRET_OF_THE_USER'];
  // Where Node caches compiled code says nothing to the function.
  const { NODE_COMPILE_CACHE: _cache, ...own } = result;
  const names = Object.keys(own).filter((name) => !name.startsWith('AWS_'));
  expect(names.sort()).toEqual(['COLOUR', 'HOME', 'LAMBDA_TASK_ROOT', 'LANG', 'PATH', 'TZ', '_HANDLER']);
  expect(result).toMatchObject({
    COLOUR: 'green',
    TZ: 'UTC',
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'env',
  });
  expect(result['AWS_ENDPOINT_URL']).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(world.credentials.principalOf(result['AWS_ACCESS_KEY_ID'] ?? '')).toEqual({
    arn: 'arn:aws:sts::012345678901:assumed-role/env/env',
    roleName: 'env',
    workerPid: world.lambda.workerPids()[0],
  });
});

test('Date is the time of the emulator’s clock, also after a jump', async () => {
  world.lambda.createFunction(plain('dates', 'plain.dates'));
  await call('dates');
  await world.clock.advanceTo(new Date('2025-12-24T18:00:00Z'));
  const { result } = await call<{ now: number; constructed: number; called: string }>('dates');
  const now = Date.parse('2025-12-24T18:00:00Z');
  for (const ms of [result.now, result.constructed, Date.parse(result.called)]) expect(ms).toBe(now);
  expect(result).toMatchObject({ fixed: '1970-01-01T00:00:00.000Z', isDate: true });
});

test('a warm worker is used again, until the configuration changes', async () => {
  world.lambda.createFunction(plain('echo', 'plain.echo'));
  const pid = async (): Promise<number> => (await call<{ pid: number }>('echo')).result.pid;
  const first = await pid();
  expect(await pid()).toBe(first);
  world.lambda.updateFunction('echo', { environment: { A: '1' } });
  expect(await pid()).not.toBe(first);
  expect(isAlive(first)).toBe(false);
});

test('output goes line by line to the log group, framed by START, END and REPORT', async () => {
  world.lambda.createFunction(plain('talk', 'plain.talk'));
  await call('talk', { say: 'one\ntwo' });
  const messages = world.messages('talk');
  expect(messages[0]).toMatch(/^START RequestId: [0-9a-f-]{36} Version: \$LATEST$/);
  expect(messages.slice(1, -2).sort()).toEqual(['and a line without an end', 'one', 'two']);
  expect(messages.at(-2)).toMatch(/^END RequestId: /);
  expect(messages.at(-1)).toMatch(
    /^REPORT RequestId: \S+\tDuration: [\d.]+ ms\t.*\tMemory Size: 256 MB\tMax Memory Used: \d+ MB$/,
  );
});

test('a thrown error is answered as Lambda does, and an undefined result is null', async () => {
  world.lambda.createFunction(plain('fail', 'plain.fail'));
  world.lambda.createFunction(plain('nothing', 'plain.nothing'));
  expect(await call('fail')).toMatchObject({
    failed: true,
    result: {
      errorType: 'TypeError',
      errorMessage: 'it does not work',
      trace: expect.arrayContaining(['TypeError: it does not work']) as string[],
    },
  });
  expect(world.messages('fail').join('\n')).toContain('Invoke Error');
  expect(await call('nothing')).toEqual({ failed: false, result: null });
});

test.each([
  ['broken.handler', 'RangeError', 'this module cannot be loaded'],
  ['absent.handler', 'Runtime.ImportModuleError', "Cannot find module 'absent'"],
  ['plain.absent', 'Runtime.HandlerNotFound', 'plain.absent is undefined or not exported'],
])('the handler %s cannot be loaded', async (handler, errorType, message) => {
  world.lambda.createFunction(plain('bad', handler));
  const { result } = await call('bad');
  expect(result).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) as string });
});

test('a crash is noticed at once, and the next invocation gets a new worker', async () => {
  world.lambda.createFunction(plain('crash', 'plain.crash'));
  expect((await call('crash', { code: 3 })).result).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringMatching(/Runtime exited with error: exit status 3$/) as string,
  });
  world.lambda.createFunction(plain('sleep', 'plain.sleeper'));
  const pending = call('sleep', { ms: 60_000 });
  process.kill(await eventually('a worker to start', () => world.lambda.workerPids('sleep')[0]), 'SIGKILL');
  expect((await pending).result).toMatchObject({
    errorMessage: expect.stringMatching(/signal: SIGKILL$/) as string,
  });
  expect((await call('sleep', { ms: 0 })).failed).toBe(false);
});

test('an invocation that takes too long is killed', async () => {
  world.lambda.createFunction(plain('slow', 'plain.sleeper', { timeoutSeconds: 0.5 }));
  const { result } = await call('slow', { ms: 60_000 });
  expect(result).toMatchObject({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringMatching(/Task timed out after 0.50 seconds$/) as string,
  });
  expect(world.messages('slow').join('\n')).toContain('Task timed out after 0.50 seconds');
  expect(world.lambda.workerPids()).toEqual([]);
});

test('a native function answers like any other', async () => {
  world.lambda.registerNative({
    name: 'native',
    handler: async (event, { log }) => {
      log('working');
      if ((event as { fail?: boolean }).fail) throw new RangeError('no');
      return { event };
    },
  });
  expect(await call('native', { a: 1 })).toEqual({ failed: false, result: { event: { a: 1 } } });
  expect(await call('native', { fail: true })).toMatchObject({
    failed: true,
    result: { errorType: 'RangeError' },
  });
  expect(world.messages('native')).toContain('working');
});

test('stop() leaves no process behind, not even a busy one', async () => {
  world.lambda.createFunction(plain('sleep', 'plain.sleeper'));
  world.lambda.createFunction(plain('echo', 'plain.echo'));
  await call('echo');
  const pending = call('sleep', { ms: 60_000 });
  await eventually('a worker to start', () => world.lambda.workerPids('sleep').length > 0);
  const pids = world.lambda.workerPids();
  expect(pids).toHaveLength(2);
  const stopped = expect(pending).rejects.toThrow('The emulator is stopping');
  await world.lambda.stop();
  await stopped;
  expect(pids.filter(isAlive)).toEqual([]);
  await expect(call('echo')).rejects.toThrow('The emulator is stopping');
});
