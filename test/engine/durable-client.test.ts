import { join } from 'node:path';
import { durable, plain } from '../../emulator/test/lambda/world.ts';
import { bootEngine } from './boot-engine.ts';

const engine = bootEngine();
beforeAll(() => {
  const codeDir = join(import.meta.dirname, 'handlers');
  engine.world.lambda.createFunction(plain('refused', 'engine.refused', { codeDir }));
});

interface Failure {
  readonly name: string;
  readonly message?: string;
  readonly scope?: string;
  readonly cause?: string;
}

/** The same refused checkpoint, by AWS's own client and by ours. */
async function refused(arn: string): Promise<{ plain: Failure; mended: Failure }> {
  const { payload = '' } = await engine.world.lambda.invoke({
    function: 'refused',
    type: 'RequestResponse',
    payload: { arn, token: 'from an older invocation' },
  });
  return JSON.parse(payload) as { plain: Failure; mended: Failure };
}

test('a stale token ends this invocation, not the execution: a newer one goes on', async () => {
  const { world } = engine;
  const alias = durable(world.lambda, 'sleeper', 'durable.stepWaitStep');
  const { durableExecutionArn: arn = '' } = await world.lambda.invoke({
    function: alias,
    type: 'Event',
    payload: {},
  });
  await world.clock.idle();
  const { plain, mended } = await refused(arn);
  expect(plain).toMatchObject({ message: expect.stringMatching(/^invalid checkpoint token/i) as string });
  expect(plain.scope).not.toBe('INVOCATION');
  expect(mended).toEqual({
    name: 'DurableExecutionClientError',
    message: 'the checkpoint token is stale',
    scope: 'INVOCATION',
    cause: plain.message,
  });
  await world.until(() => world.lambda.history(arn).status !== 'RUNNING');
  expect(world.lambda.history(arn).status).toBe('SUCCEEDED');
});

test('every other error passes as it is', async () => {
  const { plain, mended } = await refused(
    'arn:aws:lambda:us-east-1:012345678901:function:x:1/durable-execution/y/z',
  );
  expect(plain.name).not.toBe('none');
  expect(plain.message).not.toMatch(/token/i);
  expect(mended).toEqual(plain);
});
