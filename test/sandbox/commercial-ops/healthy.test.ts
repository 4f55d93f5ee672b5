import { settle } from '../../../sandbox/scenario.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { bootWorld } from '../../support/world.ts';

const JOBS = [
  'tag_sync',
  'allocation_runner',
  'tag_validator',
  'budget_refresh_prod',
  'recon_runner',
  'dashboard_refresher',
];

const world = bootWorld({ volatile: false });

test('a healthy world raises no alarm, also after each of its jobs, and comes back whole after a restart', async () => {
  await settle(world);
  await runAll(world);
  await world.pass(15);
  const { alarms } = world.services.cloudwatch;
  expect(alarms.all().filter(({ state }) => state.value === 'ALARM')).toEqual([]);

  await world.services.commercialOps.payments.fail();
  await world.services.commercialOps.behave('tag_sync', { kind: 'fail', message: 'still broken' });
  await world.restart();
  const { lambda, commercialOps, sqs } = world.services;
  await expect(runAll(world)).rejects.toThrow('still broken');
  await commercialOps.behave('tag_sync');
  await runAll(world);
  await commercialOps.payments.event({ invoice_id: 'INV-2025-09-TEN-00123' });
  const dead = () => sqs.peek(commercialOps.payments.deadLettersArn).length === 1;
  await world.until('the event to be a dead letter', dead, 10);
  expect(lambda.functions.resolve('allocation_runner').fn.environment).toMatchObject({
    STAGE: 'production',
    LOG_LEVEL: 'info',
  });
});

async function runAll({ services: { lambda } }: Sandbox): Promise<void> {
  for (const job of JOBS) {
    const { functionError, payload } = await lambda.invoke({ function: job, type: 'RequestResponse' });
    if (functionError !== undefined) throw new Error(payload);
  }
}
