import { InvokeCommand, SendDurableExecutionCallbackSuccessCommand } from '@aws-sdk/client-lambda';
import { arn } from '../../kernel/places.ts';
import type { ExecutionHistory } from '../../lambda/durable-history.ts';
import { durable, plain, read, scratchFile, startWorld } from './world.ts';
import type { World } from './world.ts';

const DEAD = arn('sqs', 'dead');
let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await world.end();
  expect(world.errors).toEqual([]);
});

async function begin(alias: string, payload: object, name?: string): Promise<string> {
  const { DurableExecutionArn } = await world.client.send(
    new InvokeCommand({
      FunctionName: alias,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify(payload)),
      DurableExecutionName: name,
    }),
  );
  return DurableExecutionArn ?? '';
}

async function finish(execution: string): Promise<ExecutionHistory> {
  await world.until(() => world.lambda.history(execution).status !== 'RUNNING');
  return world.lambda.history(execution);
}

/** Seconds from start to end by the clock, which stands still while an invocation runs. */
const seconds = (history: ExecutionHistory): number =>
  ((history.end?.getTime() ?? 0) - history.start.getTime()) / 1_000;
const shape = (history: ExecutionHistory) =>
  history.operations.map(({ name, type, status }) => [name, type, status]);

test('steps and waits: five minutes pass at once, and each step runs once', async () => {
  const alias = durable(world.lambda, 'runner', 'durable.stepWaitStep');
  const execution = await begin(alias, { hello: 1 }, 'first');
  expect(execution).toMatch(
    /^arn:aws:lambda:us-east-1:012345678901:function:runner:1\/durable-execution\/first\/[0-9a-f-]{36}$/,
  );
  const history = await finish(execution);
  expect(history).toMatchObject({
    status: 'SUCCEEDED',
    operationCount: 3,
    invocationCount: 2,
    input: { hello: 1 },
  });
  expect(shape(history)).toEqual([
    ['before', 'STEP', 'SUCCEEDED'],
    ['pause', 'WAIT', 'SUCCEEDED'],
    ['after', 'STEP', 'SUCCEEDED'],
  ]);
  const { before, after } = history.result as { before: string; after: string };
  expect(Date.parse(after) - Date.parse(before)).toBe(300_000);
  expect(seconds(history)).toBe(300);
});

test('waitForCondition keeps its state from one round to the next', async () => {
  const alias = durable(world.lambda, 'poll', 'durable.poll');
  const history = await finish(await begin(alias, { rounds: 4 }));
  expect(history).toMatchObject({ result: { count: 4 }, operationCount: 1, invocationCount: 4 });
  expect(history.operations[0]).toMatchObject({ name: 'poll', attempts: 4, subType: 'WaitForCondition' });
  expect(seconds(history)).toBe(180);
});

test('a step is tried again after its delay', async () => {
  const file = scratchFile();
  const history = await finish(await begin(durable(world.lambda, 'retries', 'durable.retries'), { file }));
  expect(history).toMatchObject({ status: 'SUCCEEDED', result: 3 });
  expect(read(file)).toBe('xxx');
  expect(seconds(history)).toBe(60);
});

test('parallel branches and child contexts', async () => {
  const history = await finish(await begin(durable(world.lambda, 'branches', 'durable.branches'), {}));
  expect(history).toMatchObject({ status: 'SUCCEEDED', result: [1, 2, 3] });
  const right = history.operations.find(({ name }) => name === 'right');
  expect(history.operations.find(({ id }) => id === right?.parent)).toMatchObject({
    type: 'CONTEXT',
    status: 'SUCCEEDED',
  });
  expect(seconds(history)).toBe(90);
});

describe('callbacks', () => {
  let file: string;
  const callbackId = (): string => read(file).trim();
  async function waiting(event: object = {}): Promise<string> {
    file = scratchFile();
    const execution = await begin(durable(world.lambda, 'approve', 'durable.callback'), { file, ...event });
    await world.clock.idle();
    expect(callbackId()).not.toBe('');
    return execution;
  }

  test('a success resumes the execution, and is taken once', async () => {
    const execution = await waiting({ timeout: 3600 });
    const answer = new SendDurableExecutionCallbackSuccessCommand({
      CallbackId: callbackId(),
      Result: Buffer.from('"yes"'),
    });
    await world.client.send(answer);
    const history = await finish(execution);
    expect(history.result).toEqual({ answer: '"yes"' });
    expect(seconds(history)).toBe(0);
    await expect(world.client.send(answer)).rejects.toMatchObject({ name: 'CallbackTimeoutException' });
  });

  test('it times out by the clock', async () => {
    const execution = await waiting({ timeout: 20 * 3600 });
    const history = await finish(execution);
    expect(history.result).toMatchObject({ message: 'Callback timed out' });
    expect(seconds(history)).toBe(20 * 3600);
  });

  test('a result above 256 KB is refused, and the callback stays open', async () => {
    file = scratchFile();
    const execution = await begin(durable(world.lambda, 'approve', 'durable.callback'), { file });
    await world.until(() => callbackId() !== '');
    const complete = (bytes: number) =>
      world.client.send(
        new SendDurableExecutionCallbackSuccessCommand({
          CallbackId: callbackId(),
          Result: Buffer.from(JSON.stringify('x'.repeat(bytes - 2))),
        }),
      );
    await expect(complete(256 * 1024 + 1)).rejects.toThrow(/at most 262144 are allowed/);
    await complete(256 * 1024);
    expect((await finish(execution)).status).toBe('SUCCEEDED');
  });

  test('a callback id that is none is refused', async () => {
    await expect(
      world.client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId: 'bm9uZQ' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });
});

describe('names', () => {
  test('one hundred concurrent invocations of one name are one execution', async () => {
    const alias = durable(world.lambda, 'runner', 'durable.stepWaitStep');
    const arns = await Promise.all(Array.from({ length: 100 }, () => begin(alias, { alarm: 'a' }, 'once')));
    expect(new Set(arns).size).toBe(1);
    await finish(arns[0] ?? '');
    expect(await begin(alias, { alarm: 'a' }, 'once')).toBe(arns[0]);
    expect(world.lambda.executionsOf('runner')).toHaveLength(1);
  });

  test('another payload under the same name is refused', async () => {
    const alias = durable(world.lambda, 'runner', 'durable.stepWaitStep');
    await begin(alias, { alarm: 'a' }, 'once');
    await expect(begin(alias, { alarm: 'b' }, 'once')).rejects.toMatchObject({
      name: 'DurableExecutionAlreadyStartedException',
    });
  });

  test('a name is free again once the retention is over', async () => {
    const alias = durable(world.lambda, 'runner', 'durable.stepWaitStep');
    const first = await begin(alias, {}, 'once');
    await finish(first);
    await world.clock.advanceTo(new Date(world.clock.now().getTime() + 8 * 86_400_000));
    expect(await begin(alias, {}, 'once')).not.toBe(first);
  });

  test.each([
    ['an unqualified function', 'runner', 'n', /unqualified ARN/],
    ['a name with a space', 'runner:live', 'a b', /must match/],
    ['a function that is not durable', 'echo', 'n', /not a durable function/],
  ])('%s is refused', async (_what, reference, name, message) => {
    durable(world.lambda, 'runner', 'durable.stepWaitStep');
    world.lambda.createFunction(plain('echo', 'plain.echo'));
    await expect(begin(reference, {}, name)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('the end', () => {
  test('an error outside of steps fails the execution, and its event goes to the dead-letter queue', async () => {
    const alias = durable(world.lambda, 'throwing', 'durable.throwing', { deadLetterArn: DEAD });
    const history = await finish(await begin(alias, { alarm: 'a' }));
    expect(history).toMatchObject({
      status: 'FAILED',
      error: { ErrorType: 'DecisionError', ErrorMessage: 'decided wrongly' },
    });
    await world.clock.idle();
    expect(world.sent).toEqual([
      expect.objectContaining({
        target: DEAD,
        body: '{"alarm":"a"}',
        attributes: expect.objectContaining({
          ErrorMessage: { DataType: 'String', StringValue: 'decided wrongly' },
        }) as object,
      }),
    ]);
  });

  test('an execution that takes too long times out', async () => {
    const alias = durable(world.lambda, 'runner', 'durable.stepWaitStep', {
      durable: { executionTimeoutSeconds: 60, retentionDays: 1 },
    });
    const history = await finish(await begin(alias, {}));
    expect(history.status).toBe('TIMED_OUT');
    expect(seconds(history)).toBe(60);
  });

  test('PENDING without anything to wait for is a failure, not a run that hangs for ever', async () => {
    const history = await finish(await begin(durable(world.lambda, 'lost', 'durable.lost'), {}));
    expect(history.error?.ErrorMessage).toMatch(/no pending operations/);
  });

  test('a caller can wait for a short execution', async () => {
    const alias = durable(world.lambda, 'runner', 'durable.stepWaitStep', {
      durable: { executionTimeoutSeconds: 900, retentionDays: 1 },
    });
    const pending = world.lambda.invoke({ function: alias, payload: { a: 1 }, type: 'RequestResponse' });
    await world.until(() => world.lambda.executionsOf('runner')[0]?.status === 'SUCCEEDED');
    expect(JSON.parse((await pending).payload ?? '')).toMatchObject({ event: { a: 1 } });
  });

  test('nobody can wait longer than 15 minutes', async () => {
    const alias = durable(world.lambda, 'runner', 'durable.stepWaitStep');
    await expect(world.client.send(new InvokeCommand({ FunctionName: alias }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringMatching(/greater than 15 minutes/) as string,
    });
  });
});

describe('context.invoke', () => {
  const ALLOWED = () => true;
  const finishOf = async (handler: string, environment: Record<string, string>) =>
    finish(await begin(durable(world.lambda, 'caller', handler, { environment }), {}));
  const targets = {
    'a function that is not there': () => 'nowhere',
    'a durable function without a qualifier': () => {
      durable(world.lambda, 'echo', 'conformance.echo');
      return 'echo';
    },
    'a function of tenants without a tenant': () =>
      durable(world.lambda, 'of-tenant', 'conformance.ofTenant', { perTenant: true }),
    'a function that the role may not invoke': () => durable(world.lambda, 'forbidden', 'conformance.echo'),
  };
  const REASONS = {
    'a function that is not there': /Function not found: .*nowhere/,
    'a durable function without a qualifier': /using an unqualified ARN: use .*:<version or alias>/,
    'a function of tenants without a tenant': /isolated by tenant: invoke it with a TenantId/,
    'a function that the role may not invoke':
      /may not invoke .*forbidden:live: allow it lambda:InvokeFunction/,
  };

  test.each(Object.entries(targets))('%s: the checkpoint is refused', async (what, target) => {
    await world.end();
    world = await startWorld({
      mayInvoke: what.includes('may not') ? ({ functionArn }) => !functionArn.includes('forbidden') : ALLOWED,
    });
    const history = await finishOf('durable.invokes', { TARGET: target() });
    expect(history.status).toBe('FAILED');
    expect(history.error?.ErrorMessage).toMatch(REASONS[what as keyof typeof REASONS]);
    expect(history.operations).toEqual([]);
  });

  test('a plain function answers, and its failure is the caller\u2019s to catch', async () => {
    world.lambda.createFunction(plain('plain', 'durable.plainEcho'));
    expect((await finishOf('durable.invokes', { TARGET: 'plain' })).result).toEqual({ got: { asked: 1 } });
    world.lambda.updateFunction('plain', { handler: 'durable.plainFails' });
    const again = await begin('caller:live', { again: true });
    expect((await finish(again)).result).toEqual({ error: 'InvokeError' });
  });
});
