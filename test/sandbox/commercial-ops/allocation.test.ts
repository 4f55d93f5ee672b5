import { ask } from '../../support/world.ts';
import { bootCommercialOps } from './boot.ts';

const world = bootCommercialOps({ seed: { lines: 3_000 } });

const PERIOD = '2025-11';
const inPeriod = `bill_billing_period_start_date = '2025-11-01Z'`;

test('shared cost is split by the key metric, and adds up', async () => {
  await world.pool.query(
    `update fact_cost_raw set resource_tags_user_tenant_id = null where ${inPeriod} and line_item_usage_type like '%NatGateway%'`,
  );
  const { rows } = await world.ops.allocate(PERIOD);
  expect(rows).toBeGreaterThan(12);
  const nat = await world.pool.query<{ tenants: number; same: boolean; by_use: boolean }>(
    `select count(*)::int as tenants,
            abs(sum(allocated_cost_usd) - (select sum(line_item_unblended_cost) from fact_cost_raw where ${inPeriod} and line_item_usage_type like '%NatGateway%')) < 0.0001 as same,
            bool_and(abs(allocated_cost_usd - key_value / key_total * pool) <= 0.000001) as by_use
     from (select *, (select sum(line_item_unblended_cost) from fact_cost_raw where ${inPeriod} and line_item_usage_type like '%NatGateway%') as pool
           from fact_cost_allocated where period_start = '2025-11-01' and rule_id = 'ALLOC-NAT') nat`,
  );
  expect(nat.rows).toEqual([{ tenants: 12, same: true, by_use: true }]);
});

test('shared cost whose key totals zero is refused, and nothing is changed', async () => {
  const ids = `select md5(string_agg(id::text, ',' order by id)) from fact_cost_allocated`;
  const before = await ask(world.pool, ids);
  await world.pool.query(
    `update usage_snapshot_daily set metric_value = 0 where metric_code = 'egress_gb' and usage_date >= '2025-11-01'`,
  );
  await expect(world.ops.allocate(PERIOD, 'nothing-to-divide-by')).rejects.toThrow(
    /the key total is zero for the shared cost of NAT \([\d.]+ USD by egress_gb\) in 2025-11/,
  );
  expect(await ask(world.pool, ids)).toBe(before);
  const failed = `select status || ' ' || (result->>'error') from job_run where run_id = 'nothing-to-divide-by'`;
  expect(await ask(world.pool, failed)).toMatch(/^failed the key total is zero/);
  await world.pool.query(`update usage_snapshot_daily set metric_value = 1 where metric_code = 'egress_gb'`);
});

test('a repeated run changes nothing', async () => {
  const first = await world.ops.allocate(PERIOD, 'same');
  const ids = `select md5(string_agg(id::text, ',' order by id)) from fact_cost_allocated`;
  const before = await ask(world.pool, ids);
  expect(await world.ops.allocate(PERIOD, 'same')).toEqual(first);
  expect(await ask(world.pool, ids)).toBe(before);
});

test('a category that no rule covers is an error, not a loss', async () => {
  await expect(world.ops.allocate(PERIOD, 'version-9', 9)).rejects.toThrow(
    /no rule with a key metric in 2025-11, version 9/,
  );
  await world.pool.query(`delete from rule_version_map where rule_id = 'ALLOC-EBS'`);
  await expect(world.ops.allocate(PERIOD)).rejects.toThrow(/for EBS: their shared cost would be lost/);
});
