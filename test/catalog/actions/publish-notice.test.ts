import { actTools } from '../../../lambdas/platform/clients.ts';
import type { ActContext } from '../../../lambdas/catalog/actions/definition.ts';
import { notifyProvisioning } from '../../../lambdas/catalog/actions/notify-provisioning.ts';
import { provisioningTold } from '../../../lambdas/catalog/probes/provisioning-told.ts';
import { bootWorld, NOW } from '../../support/world.ts';
import { as } from '../../support/as-role.ts';

const world = bootWorld({}, as('responder-runner'));

const PARAMS = { period: '2026-11', count: '37', resources: 'i-1 vol-2' };
const context = (run: string): ActContext => ({
  settings: world.role.settings,
  run,
  now: NOW,
  actionId: `${run}-1`,
  fence: '7',
});
const published = () =>
  world.services.sns.messages.all().filter(({ topicArn }) => topicArn.endsWith(':provisioning-requests'));
const publish = async (run: string) =>
  notifyProvisioning.start(
    PARAMS,
    context(run),
    await actTools(world.role.settings, run, notifyProvisioning),
  );
const reconcile = (run: string) => notifyProvisioning.reconcile(PARAMS, context(run), world.role.tools);

/** A run that holds the lock. */
async function holding(run: string): Promise<string> {
  const { pool } = world;
  const incident = `incident-${run}`;
  await pool.query('update responder.run set acting = false, ended_at = now() where acting');
  await pool.query(
    `insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at, acting, fence)
     values ($1, $2, 'tag-coverage-drop', '{}', '{}', 'live', '{}', now(), true, 7)`,
    [run, incident],
  );
  return run;
}

test('is published once, recorded, and found again', async () => {
  const run = await holding('notice-1');
  await expect(reconcile(run)).resolves.toEqual({ state: 'absent' });
  const before = published().length;
  const handle = await publish(run);
  await publish(run);
  expect(published()).toHaveLength(before + 1);
  const last = published().at(-1);
  expect(last?.subject).toBe('[tags missing] 37 resources in 2026-11');
  expect(JSON.parse(last?.message ?? '')).toEqual({
    request: 'tag-resources',
    period: '2026-11',
    count: 37,
    resources: ['i-1', 'vol-2'],
    required_tags: ['tenant_id', 'plan_id'],
  });
  await expect(reconcile(run)).resolves.toEqual({ state: 'started', handle });
  await expect(notifyProvisioning.progress(handle, context(run), world.role.tools)).resolves.toMatchObject({
    state: 'succeeded',
  });
  const { rows } = await world.pool.query(
    `select actor_type, actor_id, object_type, object_id, metadata from audit_event where action = 'responder.notify-provisioning'`,
  );
  expect(rows).toEqual([
    {
      actor_type: 'system',
      actor_id: run,
      object_type: 'period',
      object_id: '2026-11',
      metadata: {
        run,
        what: 'notify-provisioning',
        params: PARAMS,
        result: { topic: 'provisioning-requests', message_id: last?.messageId },
      },
    },
  ]);
  const told = await provisioningTold.run({
    target: { period: '2026-11' },
    now: new Date(NOW.getTime() + 60_000),
    settings: world.role.settings,
    tools: world.role.tools,
  });
  expect(told.value).toEqual({ at: NOW.toISOString(), count: '37', resources: 'i-1 vol-2' });
});

test('is not sent by a run that has lost the lock, nor while the ledger is away', async () => {
  const before = published().length;
  await expect(publish('never-held')).rejects.toThrow(/the lock with fence 7 is not held by run never-held/);
  await holding('notice-2');
  world.ledger.cut();
  await expect(publish('notice-2')).rejects.toThrow();
  world.ledger.restore();
  expect(published()).toHaveLength(before);
  await expect(reconcile('notice-2')).resolves.toEqual({ state: 'absent' });
});

test('an answer of SNS that is lost leaves no record: it is sent again rather than never', async () => {
  const run = await holding('notice-3');
  const before = published().length;
  world.faults.add({
    service: 'sns',
    operation: 'Publish',
    when: 'after',
    times: 1,
    effect: 'drop-connection',
  });
  await expect(publish(run)).rejects.toThrow();
  await expect(reconcile(run)).resolves.toEqual({ state: 'absent' });
  await publish(run);
  expect(published()).toHaveLength(before + 2);
  await expect(reconcile(run)).resolves.toMatchObject({ state: 'started' });
});
