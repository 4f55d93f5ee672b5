import { Athena } from '../../../scripts/sandbox/aws/athena.ts';
import { ROOT } from '../../../scripts/sandbox/kernel/credentials.ts';
import { testWorld, type TestWorld } from './world.ts';

let world: TestWorld;
let athena: Athena;
beforeAll(async () => {
  world = await testWorld('runbook');
  await world.ops.seed({ lines: 3_000 });
  const { clock, store, s3, iam, estate, ops } = world;
  athena = new Athena({ clock, store, s3, iam, estate, warehouse: ops.warehouse });
});
afterAll(async () => {
  await world.clock.idle();
  await athena.close();
  await world.close();
});

/** Every statement that the runbook prints, as it prints it. */
const ON_COSTS = [
  'SELECT MAX(line_item_usage_end_date) FROM fact_cost_raw;',
  `SELECT COUNT(*) FILTER (WHERE resource_tags_user_tenant_id IS NULL) AS untagged,
       COUNT(*) AS total,
       ROUND(100.0 * COUNT(*) FILTER (WHERE resource_tags_user_tenant_id IS NOT NULL) / COUNT(*), 2) AS tag_coverage_pct
FROM fact_cost_raw;`,
];
const ON_THE_LEDGER = [
  `SELECT service, variance_pct FROM recon_summary WHERE status='warning';`,
  `SELECT * FROM recon_exceptions WHERE category='Allocation';`,
  `SELECT budget_id, last_refreshed_at FROM budget_master ORDER BY last_refreshed_at ASC;`,
  `SELECT * FROM recon_summary ORDER BY period_start DESC LIMIT 5;`,
  `SELECT * FROM recon_exceptions WHERE recon_id='RECON-2025-09';`,
  `SELECT tenant_id, period_start, status FROM invoice_header WHERE status='open';`,
  `SELECT i.invoice_id, i.status, p.payment_id, p.status, p.amount_usd
FROM invoice_header i
LEFT JOIN payment_txn p ON p.invoice_id=i.invoice_id
WHERE i.status!='paid';`,
  `SELECT tenant_id, metric_code, metric_value, cap_value, utilization
FROM usage_snapshot_daily WHERE utilization >= 1.0;`,
];

test.each([...ON_COSTS, ...ON_THE_LEDGER])('on the ledger, as the responder: %s', async (sql) => {
  const { fields } = await world.responder.query(sql);
  expect(fields.length).toBeGreaterThan(0);
});

async function onAthena(sql: string) {
  const { QueryExecutionId } = await athena.startQueryExecution(
    { QueryString: sql, QueryExecutionContext: { Database: 'commercial_ops' }, WorkGroup: 'commercial-ops' },
    { principal: ROOT },
  );
  await world.clock.idle();
  const { ResultSet } = await athena.getQueryResults({ QueryExecutionId });
  return ResultSet?.Rows?.[1]?.Data?.map(({ VarCharValue }) => VarCharValue) ?? [];
}

test('on both engines, with the same answer', async () => {
  const [newest, coverage] = ON_COSTS.map((sql) => sql) as [string, string];
  const ledgerNewest = await world.responder.query<{ max: Date }>(newest);
  expect(await onAthena(newest)).toEqual([
    ledgerNewest.rows[0]?.max.toISOString().replace('T', ' ').replace('Z', ''),
  ]);
  const { rows } = await world.responder.query<Record<string, string>>(coverage);
  const [untagged, total, share] = await onAthena(coverage);
  expect([untagged, total, Number(share)]).toEqual([
    rows[0]?.untagged,
    rows[0]?.total,
    Number(rows[0]?.tag_coverage_pct),
  ]);
  // 9 lines a month of taxes, fees and credits carry no tags.
  expect(untagged).toBe('27');
});
