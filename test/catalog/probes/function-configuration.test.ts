import { arn } from '../../../emulator/kernel/places.ts';
import { clearRestart } from '../../../lambdas/catalog/actions/clear-restart.ts';
import { restartFunction } from '../../../lambdas/catalog/actions/restart-function.ts';
import { actTools } from '../../../lambdas/platform/clients.ts';
import { functionConfiguration } from '../../../lambdas/catalog/probes/function-configuration.ts';
import { as } from '../../support/as-role.ts';
import { bootWorld, NOW } from '../../support/world.ts';

const world = bootWorld({}, as('responder-runner'));

const target = { function: 'cur_ingestion' as const };
const look = () =>
  functionConfiguration.run({ target, now: NOW, settings: world.role.settings, tools: world.role.tools });
const variables = () => world.services.lambda.functions.resolve('cur_ingestion').fn.environment;
const context = (actionId = 'a-run-1') => ({
  settings: world.role.settings,
  run: 'a-run',
  now: NOW,
  actionId,
  fence: '7',
});
const acting = () => actTools(world.role.settings, 'a-run', restartFunction);

test('no value of a variable leaves the look: neither in what it found nor in what is kept', async () => {
  const secret = 'hunter2-the-password';
  world.services.lambda.updateFunction('cur_ingestion', {
    environment: { ...variables(), DATABASE_PASSWORD: secret },
  });
  const { value, evidence } = await look();
  expect(value.variables).toContain('DATABASE_PASSWORD');
  const everything = JSON.stringify([value, evidence, functionConfiguration.describe(value as never)]);
  for (const said of Object.values(variables())) expect(everything).not.toContain(said);
});

test('a restart adds its mark, keeps every variable, and is found again by its mark', async () => {
  const before = variables();
  const { value } = await look();
  const params = { ...target, revision: value.revision, fingerprint: value.fingerprint };
  expect(await restartFunction.reconcile(params, context(), world.role.tools)).toEqual({ state: 'absent' });
  const handle = await restartFunction.start(params, context(), await acting());
  expect(JSON.stringify(handle)).not.toContain(before['LEDGER_SECRET']);
  expect(variables()).toEqual({ ...before, RESTART: value.revision });
  expect((await look()).value).toMatchObject({ restart: value.revision, fingerprint: value.fingerprint });
  expect(await restartFunction.reconcile(params, context(), world.role.tools)).toEqual({
    state: 'started',
    handle,
  });
  expect(await restartFunction.progress(handle, context(), world.role.tools)).toMatchObject({
    state: 'succeeded',
  });
  // Of the revision that was decided on there is none any more.
  await expect(restartFunction.start(params, context('a-run-2'), await acting())).rejects.toThrow(
    /not what was decided on: its revision is .*Nothing was changed/,
  );
});

describe('a restart that is undone', () => {
  const restarted = async () => {
    const { value } = await look();
    const params = { ...target, revision: value.revision, fingerprint: value.fingerprint };
    const before = variables();
    await restartFunction.start(params, context(), await acting());
    return { before, undo: 'by' in restartFunction.undo ? restartFunction.undo.params(params) : {} };
  };
  const clear = async (params: Readonly<Record<string, string>>) =>
    clearRestart.start(
      params,
      context('an-undo-1'),
      await actTools(world.role.settings, 'an-undo', clearRestart),
    );

  test('takes its variable away, keeps every other, and is found again', async () => {
    const { before, undo } = await restarted();
    expect(await clearRestart.reconcile(undo, context(), world.role.tools)).toEqual({ state: 'absent' });
    const handle = await clear(undo);
    const { RESTART: _former, ...others } = before;
    expect(variables()).toEqual(others);
    expect(await clearRestart.reconcile(undo, context(), world.role.tools)).toEqual({
      state: 'started',
      handle,
    });
    expect(await clearRestart.progress(handle, context(), world.role.tools)).toMatchObject({
      state: 'succeeded',
    });
    await expect(clear(undo)).rejects.toThrow(/RESTART is not set; wanted .*Nothing was changed/);
  });

  test('is left where the variable or any other is not ours any more', async () => {
    const { undo } = await restarted();
    const ours = variables();
    for (const [change, why] of [
      [{ RESTART: 'true' }, /RESTART is not ours/],
      [{ STAGE: 'theirs' }, /its variables are others/],
    ] as const) {
      const theirs = { ...ours, ...change };
      world.services.lambda.updateFunction('cur_ingestion', { environment: theirs });
      await expect(clear(undo)).rejects.toThrow(why);
      expect(variables()).toEqual(theirs);
    }
    world.services.lambda.updateFunction('cur_ingestion', { environment: ours });
    await clear(undo);
  });

  test('yields to a change between its look and its own', async () => {
    const { undo } = await restarted();
    const theirs = { ...variables(), STAGE: 'theirs' };
    const unwatch = world.watch((seen) => {
      if (seen.kind !== 'call' || seen.call.operation !== 'GetFunctionConfiguration') return;
      unwatch();
      world.services.lambda.updateFunction('cur_ingestion', { environment: theirs });
    });
    await expect(clear(undo)).rejects.toThrow(/somebody changed it meanwhile/);
    expect(variables()).toEqual(theirs);
  });
});

test('whoever changes it between our look and our change keeps their change', async () => {
  const { value } = await look();
  const params = { ...target, revision: value.revision, fingerprint: value.fingerprint };
  const tools = await acting();
  const unwatch = world.watch((seen) => {
    if (seen.kind !== 'call' || seen.call.operation !== 'GetFunctionConfiguration') return;
    unwatch();
    world.services.lambda.updateFunction('cur_ingestion', { environment: { STAGE: 'theirs' } });
  });
  await expect(restartFunction.start(params, context('a-run-3'), tools)).rejects.toThrow(
    /somebody changed it meanwhile/,
  );
  expect(variables()).toEqual({ STAGE: 'theirs' });
});

test('the acting role changes no other function', async () => {
  const lambda = await (await acting()).lambda();
  const { UpdateFunctionConfigurationCommand } = await import('@aws-sdk/client-lambda');
  await expect(
    lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: 'invoice_emitter', Description: 'x' }),
    ),
  ).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('the acting role brings the function no layer and no other network', () => {
  const actor = {
    arn: arn('sts', 'assumed-role/responder-actor-us-east-1/a-run'),
    roleName: 'responder-actor-us-east-1',
    tags: { action: 'restart-function' },
  };
  const may = (context: Record<string, string>): boolean =>
    world.services.iam.check(
      actor,
      'lambda:UpdateFunctionConfiguration',
      arn('lambda', 'function:cur_ingestion'),
      context,
    ).allowed;
  expect(may({})).toBe(true);
  for (const key of ['Layer', 'VpcIds', 'SubnetIds', 'SecurityGroupIds'])
    expect([key, may({ [`lambda:${key}`]: 'anything' })]).toEqual([key, false]);
});
