import { bootWorld } from '../../support/world.ts';

const world = bootWorld();

const PERIOD = '2026-10';
const FIRST = '2026-10-01';
const run = () => world.call('recon_runner', { period: PERIOD });
const allocate = () => world.call('allocation_runner', { period: PERIOD });
const status = (service: string | null) =>
  world.ask(
    `select status from recon_summary where recon_id = 'RECON-${PERIOD}' and service is not distinct from $1`,
    [service],
  );
const categories = ({ exceptions }: Record<string, unknown>) =>
  (exceptions as { category: string }[]).map(({ category }) => category).sort();

test('an open period is provisional, a closing one whose report is complete is judged', async () => {
  expect(await world.call('recon_runner')).toMatchObject({
    recon_id: 'RECON-2026-11',
    status: 'provisional',
    services: 8,
    exceptions: [{ exception_id: 'EXC-2026-11-Timing', category: 'Timing' }],
  });
  expect(await run()).toMatchObject({ status: 'ok', variance_pct: '0.000000', exceptions: [] });
});

test('a report that ends before its month does is provisional', async () => {
  const usage = `bill_billing_period_start_date = '${FIRST}Z' and line_item_line_item_type = 'Usage'`;
  await world.pool.query(
    `update fact_cost_raw set line_item_usage_end_date = line_item_usage_end_date - interval '3 days' where ${usage}`,
  );
  expect(await run()).toMatchObject({ status: 'provisional', exceptions: [{ category: 'Timing' }] });
  await world.pool.query(
    `update fact_cost_raw set line_item_usage_end_date = line_item_usage_end_date + interval '3 days' where ${usage}`,
  );
  expect(await run()).toMatchObject({ status: 'ok' });
  expect(
    await world.ask(`select status from recon_exceptions where exception_id = 'EXC-${PERIOD}-Timing'`),
  ).toBe('resolved');
});

test.each([
  [0.996, 'ok', []],
  [0.992, 'warning', ['Allocation']],
  [0.98, 'failed', ['Allocation']],
])('%d of a service allocated is %s', async (share, wanted, found) => {
  await allocate();
  await world.pool.query(
    `update fact_cost_allocated set allocated_cost_usd = allocated_cost_usd * $1 where period_start = '${FIRST}' and service = 'AmazonRDS'`,
    [share],
  );
  expect(categories(await run())).toEqual(found);
  expect([await status('AmazonRDS'), await status('AmazonS3'), await status(null)]).toEqual([
    wanted,
    'ok',
    wanted,
  ]);
});

test('allocated again, the exception is resolved', async () => {
  await allocate();
  expect(await run()).toMatchObject({ status: 'ok', exceptions: [] });
  const kept = `select category || ' ' || status from recon_exceptions where exception_id = 'EXC-${PERIOD}-Allocation-AmazonRDS'`;
  expect(await world.ask(kept)).toBe('Allocation resolved');
});

test('what the operator bears counts, and is kept', async () => {
  await world.pool.query(
    `update fact_cost_allocated set allocated_cost_usd = 0 where period_start = '${FIRST}' and service = 'AmazonRDS'`,
  );
  await run();
  expect(await status('AmazonRDS')).toBe('failed');
  await world.pool.query(
    `update recon_summary set operator_overhead_usd = aws_total_usd where recon_id = 'RECON-${PERIOD}' and service = 'AmazonRDS'`,
  );
  expect(await run()).toMatchObject({ status: 'ok' });
  expect(
    await world.ask(
      `select count(distinct operator_overhead_usd) filter (where operator_overhead_usd > 0) from recon_summary where recon_id = 'RECON-${PERIOD}'`,
    ),
  ).toBe('1');
  await world.pool.query(
    `update recon_summary set operator_overhead_usd = 0 where recon_id = 'RECON-${PERIOD}'`,
  );
  await allocate();
});

test('a service that cost nothing has no variance; one that was only allocated fails', async () => {
  await world.pool.query(
    `update fact_cost_raw set line_item_unblended_cost = 0 where bill_billing_period_start_date = '${FIRST}Z' and product_servicecode = 'AmazonVPC'`,
  );
  await run();
  const pct = `select variance_pct is null from recon_summary where recon_id = 'RECON-${PERIOD}' and service = 'AmazonVPC'`;
  expect([await world.ask(pct), await status('AmazonVPC')]).toEqual(['true', 'failed']);
  await allocate();
  await run();
  expect([await world.ask(pct), await status('AmazonVPC')]).toEqual(['true', 'ok']);
});

test('untagged cost above half a percent is an exception', async () => {
  const rds = `bill_billing_period_start_date = '${FIRST}Z' and product_servicecode = 'AmazonRDS'`;
  await world.pool.query(`update fact_cost_raw set resource_tags_user_plan_id = null where ${rds}`);
  expect(categories(await run())).toEqual(['Tagging']);
  await world.call('tag_sync', { period: PERIOD });
  expect(categories(await run())).toEqual([]);
});

test('what a person resolved stays resolved only while it balances', async () => {
  await world.pool.query(
    `update recon_summary set status = 'resolved' where recon_id = 'RECON-${PERIOD}' and service is null`,
  );
  expect(await run()).toMatchObject({ status: 'resolved' });
  await world.pool.query(
    `update fact_cost_allocated set allocated_cost_usd = allocated_cost_usd * 0.9 where period_start = '${FIRST}' and service = 'AmazonRDS'`,
  );
  expect(await run()).toMatchObject({ status: 'failed' });
  await allocate();
});

test('an FX exception is a person’s; any other that is not found again is resolved', async () => {
  await world.pool.query(
    `insert into recon_exceptions values ('by-hand-1', 'RECON-${PERIOD}', null, 'FX', 'rate', null, 'open', '2026-11-20Z'),
       ('by-hand-2', 'RECON-${PERIOD}', null, 'Timing', 'late', null, 'open', '2026-11-20Z')`,
  );
  await run();
  expect(
    await world.ask(
      `select string_agg(status, ',' order by exception_id) from recon_exceptions where exception_id like 'by-hand-%'`,
    ),
  ).toBe('open,resolved');
});

test('invoices that do not say what was allocated fail the reconciliation', async () => {
  await world.services.commercialOps.setPeriodState(PERIOD, 'closed');
  await run().catch(() => undefined);
  expect(await world.call('invoice_emitter', { tenant_id: 'TEN-00120', period: PERIOD })).toMatchObject({
    status: 'issued',
  });
  await world.services.commercialOps.setPeriodState(PERIOD, 'closing');
  expect(await run()).toMatchObject({ status: 'ok' });
  await world.pool.query(
    `update invoice_detail set amount_usd = amount_usd + 0.02 where invoice_id = 'INV-${PERIOD}-TEN-00120' and metric_code = 'AmazonEC2'`,
  );
  expect(categories(await run())).toEqual(['Invoice']);
  expect([await status('AmazonEC2'), await status('AmazonS3'), await status(null)]).toEqual([
    'failed',
    'ok',
    'failed',
  ]);
});
