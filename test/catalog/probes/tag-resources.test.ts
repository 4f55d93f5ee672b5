import type { ReadTools } from '../../../lambdas/platform/clients.ts';
import { readLedger } from '../../../lambdas/platform/ledger/read.ts';
import { quarantine } from '../../../lambdas/catalog/probes/quarantine.ts';
import { untaggedResources } from '../../../lambdas/catalog/probes/untagged-resources.ts';
import { validateTags } from '../../../sandbox/commercial-ops/jobs/tag-validator.ts';
import { syncTags } from '../../../sandbox/commercial-ops/jobs/tag-sync.ts';
import { exampleSettings } from '../../support/settings.ts';
import { bootLedger } from '../../support/ledger.ts';

const NOW = new Date('2026-11-23T14:00:00Z');
const PERIOD = '2026-11';

const ledger = bootLedger({
  each: true,
  holds: `
    insert into period_state values ('2026-11-01', 'open', null, '2026-11-01Z');
    insert into tenant_master values ('TEN-00001', 'a', 'active', '{}', '2020-01-01Z');
    insert into plan_master values ('PLAN-A', 'a', 1, 'USD', 1, 1, '2020-01-01', null), ('PLAN-B', 'b', 1, 'USD', 1, 1, '2020-01-01', null);
    insert into resource_inventory values
      ('known', 'TEN-00001', 'PLAN-A', '{}', false), ('tagged', 'TEN-00001', 'PLAN-A', '{}', false),
      ('no-plan', 'TEN-00001', null, '{}', false), ('no-tenant', null, 'PLAN-A', '{}', false),
      ('held', 'TEN-00001', 'PLAN-A', '{}', true), ('differs', 'TEN-00001', 'PLAN-A', '{}', false)`,
});
beforeEach(async () => {
  let row = 0;
  const line = (
    id: string | null,
    tenant: string | null,
    plan: string | null,
    type = 'Usage',
    month = '11',
  ) =>
    ledger.admin.query(
      `insert into fact_cost_raw (source_file, source_row, bill_billing_period_start_date, line_item_line_item_type,
         line_item_resource_id, resource_tags_user_tenant_id, resource_tags_user_plan_id, ingested_at, source_digest)
       values ('f', $1, $2, $3, $4, $5, $6, '2026-11-20Z', 'd')`,
      [(row += 1), `2026-${month}-01T00:00:00Z`, type, id, tenant, plan],
    );
  await line('known', null, null);
  await line('known', 'TEN-00001', null, 'DiscountedUsage');
  await line('tagged', 'TEN-00001', 'PLAN-A');
  await line('no-plan', null, null);
  await line('no-tenant', null, null);
  await line('held', null, null);
  await line('differs', null, 'PLAN-B');
  await line('stranger', null, null);
  await line('', null, null);
  await line(null, null, null);
  // None of these is asked for.
  await line(null, null, null, 'Tax');
  await line('older', null, null, 'Usage', '10');
});

const context = (now = NOW) => ({
  target: { period: PERIOD },
  now,
  settings: exampleSettings(),
  tools: { ledger: readLedger(() => ledger.responder) } as ReadTools,
});

test('each untagged line is sorted by what the inventory says of its resource', async () => {
  const { value } = await untaggedResources.run(context());
  expect(untaggedResources.value.parse(value)).toEqual([
    { standing: 'contradicted', lines: 1, resources: 1, ids: ['differs'] },
    { standing: 'known', lines: 2, resources: 1, ids: ['known'] },
    { standing: 'nameless', lines: 2, resources: 0, ids: [] },
    { standing: 'ownerless', lines: 2, resources: 2, ids: ['no-plan', 'no-tenant'] },
    { standing: 'quarantined', lines: 1, resources: 1, ids: ['held'] },
    { standing: 'unknown', lines: 1, resources: 1, ids: ['stranger'] },
  ]);
});

test('the sync tags just those that are called known, and the validation adds as many as was said', async () => {
  const before = quarantine.value.parse((await quarantine.run(context())).value);
  expect(before).toEqual({ resources: 6, quarantined: 1, grown: 1, next: 4, last: null });

  const order = { period: PERIOD, runId: 'one' };
  await expect(syncTags(ledger.admin, order, () => NOW)).resolves.toMatchObject({ result: { lines: 2 } });
  const validated = await validateTags(ledger.admin, { ...order, runId: 'two' }, () => NOW);
  // A line with a blank in its resource's place counts as a resource for the job, and for nobody else.
  expect(validated.result.quarantined).toBe(before.next + 1);
  const left = (await untaggedResources.run(context())).value;
  expect(left.map(({ standing }) => standing)).not.toContain('known');
});

test('the quarantine has grown by what the last validation had passed', async () => {
  const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
  await validateTags(ledger.admin, { period: PERIOD, runId: 'one' }, () => NOW);
  const settled = (await quarantine.run(context(at(1)))).value;
  expect(settled).toMatchObject({ grown: 0, last: { run: 'one', at: NOW.toISOString() } });
  await ledger.admin.query(`update resource_inventory set quarantined = true where resource_id = 'tagged'`);
  expect((await quarantine.run(context(at(1)))).value).toMatchObject({
    quarantined: settled.quarantined + 1,
    grown: 1,
  });
});
