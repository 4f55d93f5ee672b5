import { ask } from '../../support/world.ts';
import { NOW, bootCommercialOps } from './boot.ts';

const LINES = 9_000;
const world = bootCommercialOps({ seed: { seed: 7, lines: LINES } });

test('closed, closing and open months', async () => {
  const { rows } = await world.pool.query(
    `select to_char(period_start, 'YYYY-MM') as period, state from period_state order by 1`,
  );
  expect(rows).toEqual([
    { period: '2025-09', state: 'closed' },
    { period: '2025-10', state: 'closing' },
    { period: '2025-11', state: 'open' },
  ]);
});

test('both copies hold exactly what was delivered', async () => {
  for (const period of ['2025-09', '2025-10', '2025-11']) {
    const { delivered, athena, ledger } = await world.ops.totals(period);
    expect(athena).toEqual(delivered);
    expect(ledger).toEqual(delivered);
    expect(ledger.lines).toBeGreaterThan(1_000);
  }
  expect((await world.ops.totals('2025-09')).ledger.lines).toBe(LINES / 3);
});

test('costs are fresh: within AWS’s usual lag', async () => {
  const { athena, ledger } = await world.ops.freshness(NOW);
  expect(athena).toEqual(ledger);
  expect(ledger.newest).toBe('2025-11-19T06:00:00.000Z');
});

test('the lines are of all the kinds that AWS sends', async () => {
  const types = await ask(
    world.pool,
    `select string_agg(distinct line_item_line_item_type, ',' order by line_item_line_item_type) from fact_cost_raw`,
  );
  expect(types).toBe('Credit,DiscountedUsage,Fee,RIFee,Tax,Usage');
  const one = async (sql: string) => Number(await ask(world.pool, sql));
  expect(
    await one(`select count(*) from fact_cost_raw where line_item_unblended_cost = 0.0000008`),
  ).toBeGreaterThan(0);
  expect(await one(`select max(scale(line_item_unblended_cost)) from fact_cost_raw`)).toBeGreaterThan(10);
  expect(await one(`select count(*) from fact_cost_raw where line_item_unblended_cost < 0`)).toBe(9);
  expect(
    await one(
      `select count(*) from fact_cost_raw where line_item_line_item_type = 'Tax' and line_item_usage_end_date > '${NOW.toISOString()}'`,
    ),
  ).toBe(4);
  expect(await one(`select count(distinct identity_line_item_id) from fact_cost_raw`)).toBeLessThan(
    LINES / 10,
  );
});

/** Each gives the number of things that a signal would find sick. */
const SYMPTOMS: Record<string, string> = {
  'allocation off by more than 0.5 % in a service and month': `
    select count(*) from (
      select bill_billing_period_start_date::date as period_start, coalesce(product_servicecode, 'Unattributed') as service,
             sum(line_item_unblended_cost) as raw from fact_cost_raw group by 1, 2) raw
    full join (select period_start, service, sum(allocated_cost_usd) as allocated from fact_cost_allocated group by 1, 2) allocated
      using (period_start, service)
    where raw is null or allocated is null or abs(allocated - raw) > abs(raw) * 0.005`,
  'a budget not refreshed 3 hours ago': `select count(*) from budget_master where abs(extract(epoch from timestamptz '${NOW.toISOString()}' - last_refreshed_at) / 3600 - 3) > 0.1 or status <> 'ok'`,
  'an untagged taggable line': `select count(*) from fact_cost_raw where line_item_line_item_type not in ('Tax', 'Fee', 'RIFee', 'Credit')
    and (resource_tags_user_tenant_id is null or resource_tags_user_plan_id is null)`,
  'a tenant without an invoice of a closed period': `
    select count(*) from period_state cross join tenant_master
    left join invoice_header using (tenant_id, period_start)
    where state = 'closed' and invoice_id is null`,
  'an invoice of a period that is not closed': `select count(*) from invoice_header join period_state using (period_start) where state <> 'closed'`,
  'a confirmed payment that is not its invoice’s total, or was not applied': `
    select count(*) from payment_txn payment join invoice_header invoice using (invoice_id)
    where payment.status = 'confirmed' and (amount_usd <> total_usd or invoice.status <> 'paid')`,
  'a paid invoice without a payment': `select count(*) from invoice_header where status = 'paid' and invoice_id not in (select invoice_id from payment_txn)`,
  'an invoice whose lines do not add up': `
    select count(*) from invoice_header where subtotal_usd <> (select sum(amount_usd) from invoice_detail where invoice_detail.invoice_id = invoice_header.invoice_id)`,
  'a quota reached': `select count(*) from usage_snapshot_daily where utilization >= 1`,
  'a reconciliation that failed or is off': `select count(*) from recon_summary where status not in ('ok', 'provisional') or abs(variance_pct) > 0.5`,
  'an open exception': `select count(*) from recon_exceptions where status = 'open'`,
};

test.each(Object.entries(SYMPTOMS))('after seeding there is no: %s', async (_name, sql) => {
  expect(await ask(world.pool, sql)).toBe('0');
});

test('there is something to find sick', async () => {
  const counts = `select concat_ws(' ', (select count(*) from tenant_master), (select count(*) from plan_master),
    (select count(*) from budget_master), (select count(*) from invoice_header), (select count(*) from payment_txn),
    (select count(distinct recon_id) from recon_summary))`;
  expect(await ask(world.pool, counts)).toBe('12 3 16 12 11 2');
});

test('one seed gives one world, another seed another', async () => {
  const digest = () =>
    ask(
      world.pool,
      `select md5(string_agg(line::text, '|' order by line::text)) from (
         select bill_billing_period_start_date, source_file, source_row, line_item_usage_end_date, line_item_resource_id,
                line_item_unblended_cost, resource_tags_user_tenant_id from fact_cost_raw) line`,
    );
  const allocated = () =>
    ask(
      world.pool,
      `select md5(string_agg(concat(tenant_id, service, category, rule_id, allocated_cost_usd), '|' order by id)) from fact_cost_allocated`,
    );
  const before = [await digest(), await allocated()];
  await world.ops.seed({ seed: 7, lines: LINES });
  expect([await digest(), await allocated()]).toEqual(before);
  await world.ops.seed({ seed: 8, lines: LINES });
  expect(await digest()).not.toBe(before[0]);
});

test('seeded stale, the delivery is newer than both copies', async () => {
  await world.ops.seed({ lines: LINES, ingestedUpTo: new Date('2025-11-16T06:30:00Z') });
  const { athena, ledger } = await world.ops.freshness(NOW);
  expect([athena.newest, ledger.newest]).toEqual(['2025-11-16T06:00:00.000Z', '2025-11-16T06:00:00.000Z']);
  const { delivered, ledger: loaded } = await world.ops.totals('2025-11');
  expect(delivered?.lines).toBeGreaterThan(loaded.lines);
});

test('each copy alone can be made stale', async () => {
  await world.ops.seed({ lines: LINES });
  await world.ops.setIngested(new Date('2025-11-15T00:00:00Z'), ['athena']);
  expect(await newest()).toEqual(['2025-11-15T00:00:00.000Z', '2025-11-19T06:00:00.000Z']);
  await world.ops.setIngested(new Date('2025-11-19T06:00:00Z'), ['athena']);
  await world.ops.setIngested(new Date('2025-11-14T00:00:00Z'), ['ledger']);
  expect(await newest()).toEqual(['2025-11-19T06:00:00.000Z', '2025-11-14T00:00:00.000Z']);
  expect(
    await ask(world.pool, SYMPTOMS['allocation off by more than 0.5 % in a service and month'] ?? ''),
  ).toBe('0');
});

async function newest() {
  const { athena, ledger } = await world.ops.freshness(NOW);
  return [athena.newest, ledger.newest];
}

test('too few or too many lines are refused', async () => {
  await expect(world.ops.seed({ lines: 20_000_000 })).rejects.toThrow(
    /wanted a whole number from 3000 to 10000000/,
  );
});
