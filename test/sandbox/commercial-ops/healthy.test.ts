import { settle } from '../../../sandbox/scenario.ts';
import { Sandbox } from '../../../sandbox/sandbox.ts';
import { freshWorld } from '../../support/world-template.ts';

const JOBS = [
  'tag_sync',
  'allocation_runner',
  'tag_validator',
  'budget_refresh_prod',
  'recon_runner',
  'dashboard_refresher',
];

test('a healthy world raises no alarm, also after each of its jobs, and comes back whole after a restart', async () => {
  const copy = await freshWorld();
  let sandbox = await Sandbox.start(copy.world);
  try {
    await settle(sandbox);
    await runAll(sandbox);
    await sandbox.clock.advanceTo(new Date(sandbox.clock.now().getTime() + 15 * 60_000));
    const { alarms } = sandbox.services.cloudwatch;
    expect(alarms.all().filter(({ state }) => state.value === 'ALARM')).toEqual([]);

    await sandbox.services.commercialOps.payments.fail();
    await sandbox.services.commercialOps.behave('tag_sync', { kind: 'fail', message: 'still broken' });
    await sandbox.stop();
    sandbox = await Sandbox.start(copy.world);
    const { lambda, commercialOps, sqs } = sandbox.services;
    await expect(runAll(sandbox)).rejects.toThrow('still broken');
    await commercialOps.behave('tag_sync');
    await runAll(sandbox);
    await commercialOps.payments.event({ invoice_id: 'INV-2025-09-TEN-00123' });
    const dead = () => sqs.peek(commercialOps.payments.deadLettersArn).length === 1;
    const { clock } = sandbox;
    expect(await clock.advanceUntil(dead, new Date(clock.now().getTime() + 600_000))).toBe(true);
    expect(lambda.functions.resolve('allocation_runner').fn.environment).toMatchObject({
      STAGE: 'production',
      LOG_LEVEL: 'info',
    });
  } finally {
    await sandbox.stop();
    await copy.drop();
  }
});

async function runAll({ services: { lambda } }: Sandbox): Promise<void> {
  for (const job of JOBS) {
    const { functionError, payload } = await lambda.invoke({ function: job, type: 'RequestResponse' });
    if (functionError !== undefined) throw new Error(payload);
  }
}
