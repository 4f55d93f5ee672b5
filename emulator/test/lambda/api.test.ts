import {
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PublishVersionCommand,
  StopDurableExecutionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CloudDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { durable, plain, scratchFile, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.end());

test('Invoke by name, ARN and qualifier; DryRun; the log’s tail', async () => {
  world.lambda.createFunction(plain('echo', 'plain.echo'));
  world.lambda.publishVersion('echo');
  world.lambda.createAlias({ functionName: 'echo', name: 'live', version: '1' });
  for (const [FunctionName, Qualifier, version] of [
    ['echo', undefined, '$LATEST'],
    ['echo:live', undefined, '1'],
    ['arn:aws:lambda:us-east-1:012345678901:function:echo', 'live', '1'],
    ['012345678901:function:echo:1', undefined, '1'],
  ] as const) {
    const answer = await world.client.send(
      new InvokeCommand({ FunctionName, Qualifier, Payload: Buffer.from('{"a":1}'), LogType: 'Tail' }),
    );
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: version });
    expect(answer.FunctionError).toBeUndefined();
    expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({ event: { a: 1 } });
    expect(Buffer.from(answer.LogResult ?? '', 'base64').toString()).toMatch(
      /^START RequestId: [\s\S]*\nREPORT /,
    );
  }
  const dry = await world.client.send(new InvokeCommand({ FunctionName: 'echo', InvocationType: 'DryRun' }));
  expect(dry.StatusCode).toBe(204);
});

test.each([
  ['an unknown function', { FunctionName: 'nobody' }, 'ResourceNotFoundException'],
  ['an unknown version', { FunctionName: 'echo:9' }, 'ResourceNotFoundException'],
  ['two qualifiers', { FunctionName: 'echo:live', Qualifier: '1' }, 'InvalidParameterValueException'],
  ['what is no JSON', { FunctionName: 'echo', Payload: Buffer.from('x') }, 'InvalidRequestContentException'],
  ['what is not emulated', { FunctionName: 'echo', ClientContext: 'e30=' }, 'NotImplemented'],
])('Invoke refuses %s', async (_what, input, name) => {
  world.lambda.createFunction(plain('echo', 'plain.echo'));
  await expect(world.client.send(new InvokeCommand(input))).rejects.toMatchObject({ name });
});

test('an operation that is not emulated says so', async () => {
  world.lambda.createFunction(plain('echo', 'plain.echo'));
  await expect(world.client.send(new PublishVersionCommand({ FunctionName: 'echo' }))).rejects.toThrow(
    /not emulated/,
  );
});

test('a function’s error is the payload, with FunctionError set', async () => {
  world.lambda.createFunction(plain('fail', 'plain.fail'));
  const answer = await world.client.send(new InvokeCommand({ FunctionName: 'fail' }));
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({ errorType: 'TypeError' });
});

test('UpdateFunctionConfiguration replaces all variables, and only on the revision it was read from', async () => {
  world.lambda.createFunction(plain('env', 'plain.environment', { environment: { A: '1', B: '2' } }));
  const before = await world.client.send(new GetFunctionConfigurationCommand({ FunctionName: 'env' }));
  expect(before.Environment?.Variables).toEqual({ A: '1', B: '2' });
  const change = {
    FunctionName: 'env',
    Environment: { Variables: { A: '9' } },
    RevisionId: before.RevisionId,
  };
  const after = await world.client.send(new UpdateFunctionConfigurationCommand(change));
  expect(after.Environment?.Variables).toEqual({ A: '9' });
  const answer = await world.client.send(new InvokeCommand({ FunctionName: 'env' }));
  const seen = JSON.parse(answer.Payload?.transformToString() ?? '') as Record<string, string>;
  expect([seen['A'], seen['B']]).toEqual(['9', undefined]);
  await expect(world.client.send(new UpdateFunctionConfigurationCommand(change))).rejects.toMatchObject({
    name: 'PreconditionFailedException',
  });
  const reserved = { FunctionName: 'env', Environment: { Variables: { AWS_REGION: 'eu-west-1' } } };
  await expect(world.client.send(new UpdateFunctionConfigurationCommand(reserved))).rejects.toThrow(
    /reserved keys: AWS_REGION/,
  );
});

test('the configuration of a version, by its alias', async () => {
  durable(world.lambda, 'runner', 'durable.act', {
    deadLetterArn: 'arn:aws:sqs:us-east-1:012345678901:dead',
  });
  const shown = await world.client.send(new GetFunctionConfigurationCommand({ FunctionName: 'runner:live' }));
  expect(shown).toMatchObject({
    Version: '1',
    FunctionArn: 'arn:aws:lambda:us-east-1:012345678901:function:runner:1',
    Runtime: 'nodejs24.x',
    DurableConfig: { ExecutionTimeout: 86_400, RetentionPeriodInDays: 7 },
    DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:012345678901:dead' },
  });
});

test('durable executions can be looked at and stopped', async () => {
  const FunctionName = durable(world.lambda, 'runner', 'durable.stepWaitStep');
  const { DurableExecutionArn } = await world.client.send(
    new InvokeCommand({ FunctionName, InvocationType: 'Event', DurableExecutionName: 'a' }),
  );
  await world.clock.idle();
  await world.client.send(
    new StopDurableExecutionCommand({ DurableExecutionArn, Error: { ErrorMessage: 'enough' } }),
  );
  const shown = await world.client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
  expect(shown).toMatchObject({
    DurableExecutionName: 'a',
    Status: 'STOPPED',
    InputPayload: '{}',
    Error: { ErrorMessage: 'enough' },
    Version: '1',
  });
  expect(shown.EndTimestamp).toBeInstanceOf(Date);
  const { Events } = await world.client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn }));
  expect(Events?.map((event) => event.EventType)).toEqual([
    'ExecutionStarted',
    'StepStarted',
    'StepSucceeded',
    'WaitStarted',
    'InvocationCompleted',
    'ExecutionStopped',
  ]);
});

test('AWS’s own test runner for the cloud reads an execution from here', async () => {
  const functionName = durable(world.lambda, 'act', 'durable.act');
  const config = { pollInterval: 20, invocationType: 'Event' } as const;
  const runner = new CloudDurableTestRunner({ functionName, client: world.client, config });
  const execution = await runner.run({ payload: { file: scratchFile() } });
  expect(execution.getStatus()).toBe('SUCCEEDED');
  expect(execution.getResult()).toEqual({ result: 'acted' });
  expect(execution.getOperations().map((it) => [it.getName(), it.getStatus()])).toEqual([
    ['look', 'SUCCEEDED'],
    ['act', 'SUCCEEDED'],
  ]);
  expect(execution.getInvocations()).toHaveLength(1);
});
