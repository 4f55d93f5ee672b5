import type { Pool } from 'pg';
import { readLedger } from '../../../lambdas/platform/ledger/read.ts';
import { emitterRuns } from '../../../lambdas/catalog/probes/emitter-runs.ts';
import { missingInvoices } from '../../../lambdas/catalog/probes/missing-invoices.ts';
import { oldestMissing } from '../../../lambdas/catalog/probes/oldest-missing.ts';
import { usageCompleteness } from '../../../lambdas/catalog/probes/usage-completeness.ts';
import { bootLedger } from '../../support/ledger.ts';
import { exampleSettings } from '../../support/settings.ts';

const ledger = bootLedger({ holds: ({ admin }) => world(admin) });

const context = () => ({
  target: { period: '2026-09' },
  now: new Date('2026-11-23T14:00:00Z'),
  settings: exampleSettings(),
  tools: { ledger: readLedger(() => ledger.responder) } as never,
});

/**
 * September 2026 with two metrics. 1: billed. 2: an open header, complete. 3: changed its plan in the middle, is missing a day of
 * the second. 4: came on the 29th. 5: gone before. 6: not begun. 7: a plan without metrics.
 */
async function world(pool: Pool): Promise<void> {
  await pool.query(`
    insert into tenant_master select 'TEN-0000' || n, 'T', 'active', '{}', '2020-01-01' from generate_series(1, 7) n;
    insert into plan_master select code, code, 1, 'USD', 10, 1, '2020-01-01' from unnest(array['P', 'Q', 'NONE']) code;
    insert into plan_metric_map values ('P', 'egress_gb', 1, 1, 1, 1, 'GB'), ('P', 'active_users', 1, 1, 1, 1, 'u'),
      ('Q', 'egress_gb', 1, 1, 1, 1, 'GB');
    insert into tenant_plan_binding (tenant_id, plan_code, period_start, period_end, status) values
      ('TEN-00001', 'P', '2020-01-01', null, 'active'), ('TEN-00002', 'P', '2020-01-01', null, 'active'),
      ('TEN-00003', 'P', '2020-01-01', '2026-09-16', 'expired'), ('TEN-00003', 'Q', '2026-09-16', null, 'active'),
      ('TEN-00004', 'P', '2026-09-29', null, 'active'), ('TEN-00005', 'P', '2020-01-01', '2026-09-01', 'expired'),
      ('TEN-00006', 'P', '2026-09-01', null, 'scheduled'), ('TEN-00007', 'NONE', '2020-01-01', null, 'active');
    insert into usage_snapshot_daily
      select tenant_id, metric, 1, day::date, 1, 1, null, day + interval '26 hours'
      from tenant_master, unnest(array['egress_gb', 'active_users']) metric,
           generate_series('2026-09-01'::timestamp, '2026-09-30', '1 day') day
      where not (tenant_id = 'TEN-00003' and day in ('2026-09-20', '2026-09-15'));
    insert into period_state values ('2026-08-01', 'closed', null, '2026-09-06'), ('2026-09-01', 'closed', null, '2026-10-06');
    insert into invoice_header
      select 'INV-' || n || '-' || month, 'TEN-0000' || n, month::date, month + interval '1 month', status, 1, 0, 1
      from (values (1, '2026-09-01'::date, 'paid'), (2, '2026-09-01', 'open')) given (n, month, status);
    insert into job_run (run_id, job, period, tenant_id, status, started_at, result)
      select n::text, case n when 5 then 'recon_runner' else 'invoice_emitter' end, '2026-09', 'TEN-00002',
             case n when 4 then 'completed' else 'failed' end, '2026-10-05'::timestamp + n * interval '1 day',
             '{"error": "usage_snapshot_daily is incomplete"}'
      from generate_series(0, 5) n where n <> 4`);
}

test('tenants that had a plan and have no invoice that counts', async () => {
  const { value, evidence } = await missingInvoices.run(context());
  expect(value.count).toBe(4);
  expect(value.tenants.map(({ tenantId, invoice }) => [tenantId, invoice])).toEqual([
    ['TEN-00002', 'open'],
    ['TEN-00003', null],
    ['TEN-00004', null],
    ['TEN-00007', null],
  ]);
  expect(evidence.map(({ query }) => query)).toContain(
    `SELECT tenant_id, period_start, status FROM invoice_header WHERE status='open';`,
  );
});

test('usage is asked for by plan, metric and day', async () => {
  const { value } = await usageCompleteness.run(context());
  const complete = { lacking: 0, days: 0, firstDays: [] };
  expect(value).toEqual([
    { tenantId: 'TEN-00002', wanted: 60, ...complete },
    // Two metrics on 15 days, one on the other 15: on the 15th both are lacking, on the 20th the one.
    { tenantId: 'TEN-00003', wanted: 45, lacking: 3, days: 2, firstDays: ['2026-09-15', '2026-09-20'] },
    { tenantId: 'TEN-00004', wanted: 4, ...complete },
    { tenantId: 'TEN-00007', wanted: 0, ...complete },
  ]);
});

test('failures count from the last change of what the emitter works on', async () => {
  const { value } = await emitterRuns.run(context());
  // Closed on the 6th: the failure of the 5th was another world's.
  expect(value).toEqual([{ tenantId: 'TEN-00002', failed: 3, last: 'failed', cause: 'incomplete usage' }]);
});

test('an alarm is about the closed months that are missing one, the oldest first, else the newest closed', async () => {
  const { tools } = context();
  const located = () => oldestMissing({ ...context(), tools });
  expect(await located()).toEqual([{ period: '2026-08' }, { period: '2026-09' }]);
  await ledger.admin.query(
    `insert into invoice_header select 'X' || month || tenant_id, tenant_id, month, month + interval '1 month', 'paid', 1, 0, 1
     from tenant_master, unnest(array['2026-08-01', '2026-09-01']::date[]) month on conflict do nothing`,
  );
  expect(await located()).toEqual([{ period: '2026-09' }]);
  await ledger.admin.query(`update invoice_header set status = 'issued'`);
  expect(await located()).toEqual([{ period: '2026-09' }]);
});
