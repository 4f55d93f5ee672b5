import type { ActContext } from '../../../lambdas/catalog/actions/definition.ts';
import { redriveBankEvents } from '../../../lambdas/catalog/actions/redrive-bank-events.ts';
import { actTools } from '../../../lambdas/platform/clients.ts';
import { bootWorld } from '../../support/world.ts';
import { as } from '../../support/as-role.ts';

const world = bootWorld({}, as('responder-runner'));

const context = (now = world.clock.now()): ActContext => ({
  settings: world.role.settings,
  run: 'payment-1',
  now,
  actionId: 'payment-1-1',
  fence: '7',
});
const start = async () =>
  redriveBankEvents.start({}, context(), await actTools(world.role.settings, 'payment-1', redriveBankEvents));
const progress = (handle: Record<string, string>, now: Date) =>
  redriveBankEvents.progress(handle, context(now), world.role.tools);

test('a redrive that somebody else has started is joined, not begun beside it', async () => {
  const { sqs, commercialOps } = world.services;
  const { queueArn, deadLettersArn } = commercialOps.payments;
  await commercialOps.payments.fail();
  for (const body of ['{"a":1}', '{"a":2}', '{"a":3}']) await sqs.deadLetter(queueArn, body);
  expect(await redriveBankEvents.reconcile({}, context(), world.role.tools)).toEqual({ state: 'absent' });
  const foreseen = await redriveBankEvents.impact({}, context(), world.role.tools);
  expect(foreseen).toEqual({ rows: 3, usd: '0', tenants: [] });

  await sqs.moves.start({ sourceArn: deadLettersArn, mostPerSecond: 1 });
  await start();
  expect(sqs.moves.list(deadLettersArn)).toHaveLength(1);
});

test('it is over when no event waits: each was applied, or has come back', async () => {
  const { sqs, commercialOps } = world.services;
  const { queueArn, deadLettersArn } = commercialOps.payments;
  await world.clock.advanceUntil(() => sqs.counts(queueArn).inFlight > 0, world.inMinutes(2));
  const handle = await start();
  const waiting = await progress(handle, world.inMinutes(30));
  expect(waiting).toMatchObject({
    state: 'running',
    summary: expect.stringMatching(/^[1-3] events wait/) as unknown,
  });

  await world.clock.advanceUntil(() => sqs.counts(deadLettersArn).visible === 3, world.inMinutes(20));
  expect(
    await progress({ ...handle, since: world.inMinutes(-2).toISOString() }, world.inMinutes(0)),
  ).toMatchObject({
    state: 'running',
  });
  expect(
    await progress({ ...handle, since: world.inMinutes(-11).toISOString() }, world.inMinutes(0)),
  ).toEqual({
    state: 'succeeded',
    summary: '0 events wait in bank-webhooks, 3 are in bank-webhooks-dead',
  });
});

test('SQS needs a minute to count: nothing is over before, and nothing left is no lost start', async () => {
  const { sqs, commercialOps } = world.services;
  await sqs.purge(commercialOps.payments.deadLettersArn);
  const reconciled = await redriveBankEvents.reconcile({}, context(), world.role.tools);
  if (reconciled.state !== 'started') throw new Error('an empty queue was taken for a start that never came');
  expect(await progress(reconciled.handle, world.inMinutes(0.5))).toMatchObject({ state: 'running' });
  expect(await progress(reconciled.handle, world.inMinutes(1))).toMatchObject({ state: 'succeeded' });
});

test('the looking role can neither redrive nor take an event', async () => {
  const { StartMessageMoveTaskCommand, ReceiveMessageCommand } = await import('@aws-sdk/client-sqs');
  const sqs = await world.role.tools.sqs();
  const SourceArn = world.services.commercialOps.payments.deadLettersArn;
  await expect(sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))).rejects.toThrow(/not authorized/);
  const QueueUrl = `${world.endpoint}/012345678901/bank-webhooks-dead`;
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toThrow(/not authorized/);
});
