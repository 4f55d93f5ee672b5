import type { ActContext } from '../../../lambdas/catalog/actions/definition.ts';
import { topUp } from '../../../lambdas/catalog/actions/top-up.ts';
import type { Queryable } from '../../../lambdas/platform/ledger/queryable.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import type { ActTools } from '../../../lambdas/platform/clients.ts';
import { issueInvoices } from '../../../sandbox/commercial-ops/jobs/invoice-sql.ts';
import { bootLedger } from '../../support/ledger.ts';
import { exampleSettings } from '../../support/settings.ts';

const ledger = bootLedger({ each: true, holds: ({ admin }) => admin.query(WORLD) });

/** A tenant at 105 % of what it may store, yesterday and today; its plan tops that up by 40 for 10 USD. */
const WORLD = `
insert into tenant_master values ('TEN-00113', 'Birch', 'active', '{}', '2020-01-01');
insert into plan_master values ('PLAN-TEAM', 'team', 1, 'USD', 199, 25, '2020-01-01', null);
insert into plan_metric_map values ('PLAN-TEAM', 'storage_gb_peak', 400, 320, 380, 400, 'GB');
insert into plan_topup values ('PLAN-TEAM', 'storage_gb_peak', true, 40, 10.005, 3);
insert into tenant_plan_binding values ('TEN-00113', 'PLAN-TEAM', '2020-01-01', null, 'active', 1);
insert into period_state values ('2026-11-01', 'open', null, '2026-11-01');
insert into usage_snapshot_daily values
  ('TEN-00113', 'storage_gb_peak', 420, '2026-11-21', 400, 1.05, 'EVENT_QUOTA_100', '2026-11-22'),
  ('TEN-00113', 'storage_gb_peak', 420, '2026-11-22', 400, 1.05, 'EVENT_QUOTA_100', '2026-11-23'),
  ('TEN-00113', 'storage_gb_peak', 430, '2026-11-23', 400, 1.075, 'EVENT_QUOTA_100', '2026-11-23'),
  ('TEN-00113', 'egress_gb', 420, '2026-11-23', 400, 1.05, 'EVENT_QUOTA_100', '2026-11-23');
insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at, acting, fence)
values ('a-run', 'INC-a-run', 'quota-reached', 'scope=quotas', '{}', 'live', '{}', '2026-11-23', true, 7)`;

const params = {
  tenant_id: 'TEN-00113',
  metric_code: 'storage_gb_peak',
  period: '2026-11',
  step_value: '40.000000',
  price_usd: '10.005000',
};
const give = (number = 1, change: Partial<typeof params> = {}) => {
  const context: ActContext = {
    settings: exampleSettings(),
    run: 'a-run',
    now: new Date('2026-11-23T14:00:00Z'),
    actionId: `a-run-${number}`,
    fence: '7',
  };
  const tools = {
    changeLedger: (work: (client: Queryable) => Promise<unknown>) => transaction(ledger.admin, work),
  } as ActTools;
  return topUp.start({ ...params, ...change }, context, tools);
};
const rows = async (sql: string): Promise<unknown[]> => (await ledger.admin.query<object>(sql)).rows;
const lines = () =>
  rows(`select invoice_id, metric_code, quantity::text, unit, unit_price_usd::text, amount_usd::text, reference_ids
        from invoice_detail where line_type = 'topup'`);
const header = () => rows('select status, subtotal_usd::text, total_usd::text from invoice_header');
const usage = () =>
  rows(`select usage_date::text as day, metric_code, cap_value::text as cap, utilization::text as used, quota_event as event
        from usage_snapshot_daily order by metric_code desc, usage_date`);

test('the cap grows by one step, yesterday and today, and the open invoice by its price, to the cent', async () => {
  await give();
  expect(await usage()).toEqual([
    {
      day: '2026-11-21',
      metric_code: 'storage_gb_peak',
      cap: '400.000000',
      used: '1.050000',
      event: 'EVENT_QUOTA_100',
    },
    {
      day: '2026-11-22',
      metric_code: 'storage_gb_peak',
      cap: '440.000000',
      used: '0.954545',
      event: 'EVENT_QUOTA_95',
    },
    {
      day: '2026-11-23',
      metric_code: 'storage_gb_peak',
      cap: '440.000000',
      used: '0.977273',
      event: 'EVENT_QUOTA_95',
    },
    {
      day: '2026-11-23',
      metric_code: 'egress_gb',
      cap: '400.000000',
      used: '1.050000',
      event: 'EVENT_QUOTA_100',
    },
  ]);
  expect(await header()).toEqual([{ status: 'open', subtotal_usd: '10.010000', total_usd: '10.010000' }]);
  expect(await lines()).toEqual([
    {
      invoice_id: 'INV-2026-11-TEN-00113',
      metric_code: 'storage_gb_peak',
      quantity: '40.000000',
      unit: 'GB',
      unit_price_usd: '0.250125',
      amount_usd: '10.010000',
      reference_ids: ['a-run-1'],
    },
  ]);
  expect(await rows(`select actor_id, action, object_id from audit_event`)).toEqual([
    { actor_id: 'a-run', action: 'responder.top-up', object_id: 'TEN-00113/storage_gb_peak/2026-11' },
  ]);
});

test('the invoice that is issued later has the top-up on it', async () => {
  await give();
  await transaction(ledger.admin, (client) => issueInvoices(client, '2026-11', '2026-12-05T00:00:00Z'));
  expect(await header()).toEqual([{ status: 'issued', subtotal_usd: '209.010000', total_usd: '209.010000' }]);
});

test('sent twice it is given once, and another action gives no second one in the period', async () => {
  await give(1);
  await give(1);
  expect(await lines()).toHaveLength(1);
  await ledger.admin.query('update usage_snapshot_daily set metric_value = 450, utilization = 1.02');
  await expect(give(2)).rejects.toThrow(/1 top-ups were given; wanted none. Nothing was changed/);
  expect(await lines()).toHaveLength(1);
});

test('two at once give one', async () => {
  const both = await Promise.allSettled([give(1), give(2)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await lines()).toHaveLength(1);
  expect(await header()).toMatchObject([{ total_usd: '10.010000' }]);
});

describe('nothing is changed when what it was decided on does not hold any more:', () => {
  test.each([
    [
      'the period is closing',
      `update period_state set state = 'closing'`,
      /the period is closing; wanted an open one/,
    ],
    ['the period is unknown', 'delete from period_state', /the period is unknown/],
    ['the plan tops up on demand', 'update plan_topup set auto = false', /gives no automatic top-up/],
    ['the plan allows none', 'update plan_topup set max_per_period = 0', /gives no automatic top-up/],
    ['the price has changed', 'update plan_topup set price_usd = 11', /step or price have changed/],
    ['the step has changed', 'update plan_topup set step_value = 41', /step or price have changed/],
    ['the plan has ended', `update tenant_plan_binding set status = 'expired'`, /0 plans have a top-up/],
    [
      'nobody is over the cap',
      'update usage_snapshot_daily set utilization = 0.99',
      /no day is over the cap/,
    ],
    ['the use has grown', 'update usage_snapshot_daily set metric_value = 440', /one step is not enough/],
    ['a cap is zero', 'update usage_snapshot_daily set cap_value = 0', /a cap is not above zero/],
    [
      'the invoice is issued',
      `insert into invoice_header values ('I', 'TEN-00113', '2026-11-01', '2026-12-01', 'issued', 1, 0, 1, null, null)`,
      /its invoice is issued; wanted an open one/,
    ],
    ['the lock is lost', `update responder.run set acting = false`, /the lock with fence 7 is not held/],
  ])('%s', async (_name, change, message) => {
    await ledger.admin.query(change);
    const before = [await header(), await usage()];
    await expect(give()).rejects.toThrow(message);
    expect([await header(), await usage(), await lines()]).toEqual([...before, []]);
  });
});

test('people read what is bought, and for how much', () => {
  expect(topUp.describe(params, exampleSettings())).toBe(
    'top up storage_gb_peak of TEN-00113 by 40 in 2026-11 for 10.005 USD',
  );
  expect(topUp.describe({ ...params, step_value: '100', price_usd: '25.000000' }, exampleSettings())).toMatch(
    /by 100 in 2026-11 for 25 USD$/,
  );
});
