import { markReconciled } from '../../../lambdas/catalog/actions/mark-reconciled.ts';
import type { ActTools } from '../../../lambdas/platform/clients.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { bootLedger } from '../../support/ledger.ts';
import { exampleSettings } from '../../support/settings.ts';

const NOW = new Date('2026-11-23T14:00:00Z');
const RUN = 'recon-failed-1';

const ledger = bootLedger({ each: true, holds: ({ admin }) => admin.query(WORLD) });

/** A reconciliation that still warns in one service, and as a whole, of totals that people have balanced. */
const WORLD = `
insert into period_state values ('2026-10-01', 'closing', null, '2026-11-01');
insert into recon_summary values
  ('RECON-2026-10', null, '2026-10-01', '2026-11-01', 1000, 998, null, 2, -7, -0.7, 'warning', '2026-11-20'),
  ('RECON-2026-10', 'AmazonEC2', '2026-10-01', '2026-11-01', 600, 598, null, 2, -7, -1.1, 'failed', '2026-11-20'),
  ('RECON-2026-10', 'AmazonS3', '2026-10-01', '2026-11-01', 400, 400, null, 0, 0, 0, 'ok', '2026-11-20');
insert into recon_exceptions values
  ('EXC-1', 'RECON-2026-10', null, 'Allocation', 'AmazonEC2', 1.1, 'resolved', '2026-11-20');
insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at, acting, fence)
values ('${RUN}', 'INC-1', 'recon-failed', 'period=2026-10', '{}', 'live', '{}', '2026-11-23', true, 7)`;

/** With no more rights than the actor's login has. */
const mark = (actionId = `${RUN}-1`) => {
  const asActor = (work: Parameters<ActTools['changeLedger']>[0]) =>
    transaction(ledger.admin, async (client) => {
      await client.query('set local role responder_mark_reconciled');
      return work(client);
    });
  const tools = { changeLedger: asActor } as unknown as ActTools;
  const context = { settings: exampleSettings(), run: RUN, now: NOW, actionId, fence: '7' };
  return markReconciled.start({ period: '2026-10' }, context, tools);
};

const statuses = async () =>
  (
    await ledger.admin.query<{ status: string }>(
      `select status from recon_summary order by service nulls first`,
    )
  ).rows.map(({ status }) => status);

test('what warns or failed is marked, once, and leaves a trace; what is in order stays', async () => {
  await mark();
  await mark();
  expect(await statuses()).toEqual(['resolved', 'resolved', 'ok']);
  const { rows: jobs } = await ledger.admin.query(`select job, period, result from job_run`);
  expect(jobs).toEqual([{ job: 'responder.mark-reconciled', period: '2026-10', result: { resolved: 2 } }]);
  const { rows: audit } = await ledger.admin.query(`select actor_type, actor_id, object_id from audit_event`);
  expect(audit).toEqual([{ actor_type: 'system', actor_id: RUN, object_id: 'RECON-2026-10' }]);
});

test.each([
  [
    'a row is out of balance',
    `update recon_summary set allocated_total_usd = 590 where service = 'AmazonEC2'`,
  ],
  ['an exception is open', `update recon_exceptions set status = 'open'`],
  ['the period is closed', `update period_state set state = 'closed'`],
  ['the period is unknown', `delete from period_state`],
])('nothing is marked when %s', async (_when, sql) => {
  await ledger.admin.query(sql);
  await expect(mark()).rejects.toThrow(/nothing was changed$/);
  expect(await statuses()).toEqual(['warning', 'failed', 'ok']);
  expect((await ledger.admin.query(`select from job_run`)).rowCount).toBe(0);
});

test('nothing is marked when there is nothing to mark', async () => {
  await ledger.admin.query(`update recon_summary set status = 'provisional'`);
  await expect(mark()).rejects.toThrow(/0 rows that failed or warn/);
});
