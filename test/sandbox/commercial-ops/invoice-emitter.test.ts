import { bootWorld } from '../../support/world.ts';

const world = bootWorld();
const PERIOD = '2026-10';
beforeAll(async () => {
  await world.call('recon_runner', { period: PERIOD });
  await world.services.commercialOps.setPeriodState(PERIOD, 'closed');
});

const emit = (tenant: string, more: object = {}) =>
  world.call('invoice_emitter', { tenant_id: tenant, period: PERIOD, ...more });
const recon = (status: string) =>
  world.pool.query(
    `update recon_summary set status = $1 where recon_id = 'RECON-${PERIOD}' and service is null`,
    [status],
  );

test('issues the invoice of the newest closed period from its frozen figures', async () => {
  const answer = await world.call('invoice_emitter', { tenant_id: 'TEN-00112', run_id: 'emit-1' });
  expect(answer).toMatchObject({
    period: PERIOD,
    invoice_id: 'INV-2026-10-TEN-00112',
    status: 'issued',
    already: false,
  });
  const { rows } = await world.pool.query(
    `select status, total_usd = (select sum(amount_usd) from invoice_detail where invoice_id = 'INV-2026-10-TEN-00112') as adds_up,
            subtotal_usd - 49 = (select sum(due) from (
              select round(sum(allocated_cost_usd), 2) as due from fact_cost_allocated
              where period_start = '2026-10-01' and tenant_id = 'TEN-00112' group by service) line) as by_allocation
     from invoice_header where tenant_id = 'TEN-00112' and period_start = '2026-10-01'`,
  );
  expect(rows).toEqual([{ status: 'issued', adds_up: true, by_allocation: true }]);
  expect(
    await world.ask(
      `select action || ' ' || object_id || ' ' || (metadata->>'tenant_id') from audit_event where metadata->>'run_id' = 'emit-1'`,
    ),
  ).toBe('invoice.issued INV-2026-10-TEN-00112 TEN-00112');
  expect(world.logged('invoice_emitter').join('\n')).toMatch(
    /INFO invoice_emitter run=emit-1 period=2026-10 completed/,
  );
});

test('never twice, under the same run id or another', async () => {
  const digest = () =>
    world.ask(
      `select md5(string_agg(detail::text, '|' order by detail::text)) from invoice_detail detail where invoice_id = 'INV-2026-10-TEN-00112'`,
    );
  const before = await digest();
  expect(await world.call('invoice_emitter', { tenant_id: 'TEN-00112', run_id: 'emit-1' })).toMatchObject({
    already: false,
  });
  expect(await emit('TEN-00112')).toMatchObject({ invoice_id: 'INV-2026-10-TEN-00112', already: true });
  const both = await Promise.all([emit('TEN-00113'), emit('TEN-00113')]);
  expect(both.map(({ already }) => already).sort()).toEqual([false, true]);
  expect(await digest()).toBe(before);
  expect(await world.ask(`select count(*) from invoice_header where period_start = '2026-10-01'`)).toBe('2');
});

test('the first invoices, seeded, are left alone', async () => {
  expect(await emit('TEN-00123', { period: '2025-09' })).toMatchObject({ status: 'issued', already: true });
  expect(await emit('TEN-00112', { period: '2025-09' })).toMatchObject({ status: 'paid', already: true });
});

test('an open header with a top-up becomes the invoice', async () => {
  await world.pool.query(
    `insert into invoice_header values ('INV-2026-10-TEN-00114', 'TEN-00114', '2026-10-01', '2026-11-01', 'open', 75, 0, 75)`,
  );
  await world.pool.query(
    `insert into invoice_detail values ('INV-2026-10-TEN-00114', 'topup', 'storage_gb_peak', 1, 'step', 75, 75)`,
  );
  await emit('TEN-00114');
  expect(
    await world.ask(`select status || ' ' || (total_usd = (select sum(amount_usd) from invoice_detail where invoice_id = 'INV-2026-10-TEN-00114'))
                     || ' ' || (total_usd > 899 + 75) from invoice_header where invoice_id = 'INV-2026-10-TEN-00114'`),
  ).toBe('issued true true');
});

test('fences are per tenant', async () => {
  await emit('TEN-00115', { fence: 9 });
  await expect(emit('TEN-00115', { fence: 8 })).rejects.toThrow(/its fence 8 is older than 9/);
  expect(await emit('TEN-00116', { fence: 8 })).toMatchObject({ status: 'issued' });
});

describe('refuses', () => {
  afterEach(async () => {
    await recon('ok');
    expect(
      await world.ask(
        `select count(*) from invoice_header where tenant_id in ('TEN-00117', 'TEN-00118', 'TEN-00119') and period_start >= '2026-10-01'`,
      ),
    ).toBe('0');
  });

  test('a payload without a tenant', () =>
    expect(world.call('invoice_emitter')).rejects.toThrow(/does not take this payload: .* at tenant_id/));
  test('an unknown tenant', () =>
    expect(emit('TEN-99999')).rejects.toThrow('does not know the tenant TEN-99999'));
  test('a period that is not closed', () =>
    expect(emit('TEN-00117', { period: '2026-11' })).rejects.toThrow(
      'refuses 2026-11: the period is open; wanted closed',
    ));
  test.each(['failed', 'warning', 'provisional'])('a reconciliation that is %s', async (status) => {
    await recon(status);
    await expect(emit('TEN-00117')).rejects.toThrow(
      `the reconciliation RECON-2026-10 is ${status}; wanted ok or resolved`,
    );
  });
  test('a tenant that had no plan', async () => {
    await world.pool.query(
      `update tenant_plan_binding set period_end = '2026-09-15' where tenant_id = 'TEN-00118'`,
    );
    await expect(emit('TEN-00118')).rejects.toThrow('binds it to no plan in that period');
  });
  test('incomplete usage, and names what is missing', async () => {
    await world.pool.query(
      `delete from usage_snapshot_daily where tenant_id = 'TEN-00119' and usage_date = '2026-10-07' and metric_code <> 'egress_gb'`,
    );
    await expect(emit('TEN-00119')).rejects.toThrow(
      /usage_snapshot_daily is incomplete, 4 values are missing \(active_users on 2026-10-07, .*, …\)/,
    );
  });
});

test('a reconciliation that a person resolved is as good as one that is ok', async () => {
  await recon('resolved');
  expect(await emit('TEN-00117')).toMatchObject({ already: false });
});
