import type { ActContext } from '../../../lambdas/catalog/actions/definition.ts';
import { redriveBankEvents } from '../../../lambdas/catalog/actions/redrive-bank-events.ts';
import { actTools } from '../../../lambdas/platform/clients.ts';
import { freshSandbox, type TestSandbox } from '../../support/sandbox.ts';
import { actAs, type Role } from './as-role.ts';

let world: TestSandbox;
let runner: Role;
beforeAll(async () => {
  world = await freshSandbox();
  runner = await actAs(world.sandbox, 'responder-runner');
});
afterAll(async () => {
  await runner.close();
  await world.close();
});

const context = (now = world.sandbox.clock.now()): ActContext => ({
  settings: runner.settings,
  run: 'payment-1',
  now,
  actionId: 'payment-1-1',
  fence: '7',
});
const minutesOn = (minutes: number) => new Date(world.sandbox.clock.now().getTime() + minutes * 60_000);
const start = async () =>
  redriveBankEvents.start(
    {},
    context(),
    await actTools(runner.settings, 'payment-1', redriveBankEvents.permissions(runner.settings)),
  );
const progress = (handle: Record<string, string>, now: Date) =>
  redriveBankEvents.progress(handle, context(now), runner.tools);

test('a redrive that somebody else has started is joined, not begun beside it', async () => {
  const { sqs, commercialOps } = world.sandbox.services;
  const { queueArn, deadLettersArn } = commercialOps.payments;
  await commercialOps.payments.fail();
  for (const body of ['{"a":1}', '{"a":2}', '{"a":3}']) await sqs.deadLetter(queueArn, body);
  expect(await redriveBankEvents.reconcile({}, context(), runner.tools)).toEqual({ state: 'absent' });
  const foreseen = await redriveBankEvents.impact({}, context(), runner.tools);
  expect(foreseen).toEqual({ rows: 3, usd: '0', tenants: [] });

  await sqs.moves.start({ sourceArn: deadLettersArn, mostPerSecond: 1 });
  await start();
  expect(sqs.moves.list(deadLettersArn)).toHaveLength(1);
});

test('it is over when no event waits: each was applied, or has come back', async () => {
  const { sqs, commercialOps } = world.sandbox.services;
  const { queueArn, deadLettersArn } = commercialOps.payments;
  await world.sandbox.clock.advanceUntil(() => sqs.counts(queueArn).inFlight > 0, minutesOn(2));
  const handle = await start();
  const waiting = await progress(handle, minutesOn(30));
  expect(waiting).toMatchObject({
    state: 'running',
    summary: expect.stringMatching(/^[1-3] events wait/) as unknown,
  });

  await world.sandbox.clock.advanceUntil(() => sqs.counts(deadLettersArn).visible === 3, minutesOn(20));
  expect(await progress({ ...handle, since: minutesOn(-2).toISOString() }, minutesOn(0))).toMatchObject({
    state: 'running',
  });
  expect(await progress({ ...handle, since: minutesOn(-11).toISOString() }, minutesOn(0))).toEqual({
    state: 'succeeded',
    summary: '0 events wait in bank-webhooks, 3 are in bank-webhooks-dead',
  });
});

test('SQS needs a minute to count: nothing is over before, and nothing left is no lost start', async () => {
  const { sqs, commercialOps } = world.sandbox.services;
  await sqs.purge(commercialOps.payments.deadLettersArn);
  const reconciled = await redriveBankEvents.reconcile({}, context(), runner.tools);
  if (reconciled.state !== 'started') throw new Error('an empty queue was taken for a start that never came');
  expect(await progress(reconciled.handle, minutesOn(0.5))).toMatchObject({ state: 'running' });
  expect(await progress(reconciled.handle, minutesOn(1))).toMatchObject({ state: 'succeeded' });
});

test('the looking role can neither redrive nor take an event', async () => {
  const { StartMessageMoveTaskCommand, ReceiveMessageCommand } = await import('@aws-sdk/client-sqs');
  const sqs = await runner.tools.sqs();
  const SourceArn = world.sandbox.services.commercialOps.payments.deadLettersArn;
  await expect(sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))).rejects.toThrow(/not authorized/);
  const QueueUrl = `${world.sandbox.endpoint}/012345678901/bank-webhooks-dead`;
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toThrow(/not authorized/);
});
