import { Pool } from 'pg';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { measuredTables, signals } from '../../lambdas/catalog/signals/registry.ts';
import { CostNames, inTheirNames, readsInTheirNames } from '../../lambdas/platform/cost-names.ts';
import { businessGrants } from '../../lambdas/record/logins.ts';
import { exampleSettings } from '../support/settings.ts';
import { asLogin, bootLedger } from '../support/ledger.ts';
import { NOW } from '../support/world.ts';

const ledger = bootLedger();

const FOCUS = CostNames.parse({
  format: 'focus',
  ledger: { table: 'focus_costs', columns: { line_item_resource_id: 'resource', source_digest: 'delivery' } },
  athena: { table: 'focus_export', columns: { line_item_usage_end_date: 'chargeperiodend + interval' } },
});

const RENAMED = {
  bill_billing_period_start_date: 'billingperiodstart',
  line_item_line_item_type: 'chargecategory',
  line_item_resource_id: 'resource',
  line_item_unblended_cost: 'billedcost',
  line_item_usage_end_date: 'chargeperiodend',
  line_item_usage_type: 'x_usagetype',
  product_servicecode: 'x_servicecode',
  source_digest: 'delivery',
};

/** Statements on the costs that probes show and signals send, in the ledger's dialect. */
async function statements(): Promise<{ shown: string[]; measured: string[] }> {
  const shown = playbooks.flatMap(({ probes }) => Object.values(probes).flatMap(({ queries }) => queries));
  const measured: string[] = [];
  const query = (sql: string) => {
    measured.push(sql);
    return Promise.resolve({ rows: [] });
  };
  const tools = new Proxy({}, { get: (_, name) => (name === 'ledger' ? { query } : () => ({})) }) as never;
  for (const signal of signals)
    await Promise.resolve(signal.measure({ now: NOW, settings: exampleSettings(), tools })).catch(
      () => undefined,
    );
  const onCosts = (all: string[]) =>
    [...new Set(all)].filter(
      (sql) => /from fact_cost_raw/i.test(sql) && !/\bperiod (=|>=)|\bSELECT period/.test(sql),
    );
  return { shown: onCosts(shown), measured: onCosts(measured) };
}

test('what a deployment does not name otherwise is sent as it is', async () => {
  const { shown, measured } = await statements();
  for (const sql of [...shown, ...measured])
    for (const engine of ['ledger', 'athena'] as const)
      expect(inTheirNames(sql, CostNames.parse({}), engine)).toBe(sql);
});

test('every statement on the costs works on a table of other names, by the grants that follow', async () => {
  const { shown, measured } = await statements();
  expect([shown.length > 8, measured.length > 2]).toEqual([true, true]);
  const { admin } = ledger;
  await admin.query(`alter table fact_cost_raw rename to focus_costs`);
  for (const [ours, theirs] of Object.entries(RENAMED))
    await admin.query(`alter table focus_costs rename column ${ours} to ${theirs}`);
  await admin.query(`alter table focus_costs add column tags jsonb`);
  const explained = (sql: string) => `explain (generic_plan) ${inTheirNames(sql, FOCUS, 'ledger')}`;
  for (const sql of [...shown, ...measured]) await admin.query(explained(sql));
  // Of columns of before the login has the grant still; the table's is new.
  await admin.query('revoke select on focus_costs from responder_signals');
  const login = new Pool({ connectionString: asLogin(ledger.url, 'responder_signals'), max: 1 });
  try {
    const tagged = measured.filter((sql) => sql.includes('resource_tags'));
    expect(tagged.length).toBeGreaterThan(0);
    for (const sql of tagged) await expect(login.query(explained(sql))).rejects.toThrow(/permission denied/);
    for (const grant of businessGrants({ acting: [], measured: measuredTables(FOCUS), read: [] }))
      await admin.query(`grant ${grant}`);
    for (const sql of measured) await login.query(explained(sql));
  } finally {
    await login.end();
  }
});

test('an expression is read under our name, and only columns that the statement uses are read', () => {
  const sql = `select max(line_item_usage_end_date) as newest from fact_cost_raw where period >= '2026-11' group by period`;
  expect(inTheirNames(sql, FOCUS, 'athena')).toBe(
    'select max(line_item_usage_end_date) as newest from (select chargeperiodend + interval as line_item_usage_end_date, ' +
      "billing_period as period from focus_export) fact_cost_raw where period >= '2026-11' group by period",
  );
  expect(inTheirNames('select count(*) from fact_cost_raw', FOCUS, 'ledger')).toBe(
    'select count(*) from (select 1 as line from focus_costs) fact_cost_raw',
  );
});

test('what the login that measures is granted follows: by column, or the whole table where one is an expression', () => {
  const reads = 'fact_cost_raw (line_item_usage_end_date, source_digest)';
  expect(readsInTheirNames(reads, FOCUS)).toBe('focus_costs (chargeperiodend, delivery)');
  expect(readsInTheirNames('fact_cost_raw (resource_tags_user_plan_id)', FOCUS)).toBe('focus_costs');
  expect(readsInTheirNames('period_state (state)', FOCUS)).toBe('period_state (state)');
  expect(measuredTables(FOCUS).some((one) => one.includes('fact_cost_raw'))).toBe(false);
  expect(measuredTables()).toEqual(signals.flatMap((one) => one.reads));
});

test.each([
  [{ ledger: { columns: { source_digest: 'x; drop table costs' } } }, /no semicolon/],
  [{ ledger: { columns: { source_digest: 'x -- y' } } }, /no semicolon and no comment/],
  [{ ledger: { table: 'billing.costs' } }, /without a schema/],
  [{ ledger: { columns: { period: 'x' } } }, /period/],
  [{ athena: { columns: { unknown: 'x' } } }, /unknown/],
])('%j is refused', (costs, why) => {
  expect(() => CostNames.parse(costs)).toThrow(why);
});
