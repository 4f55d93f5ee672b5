import type { Athena } from '../../../emulator/aws/athena.ts';
import { ROOT } from '../../../emulator/kernel/credentials.ts';
import { printedIn } from '../../../scripts/runbook/by-hand.ts';
import { athenaOver, bootCommercialOps } from './boot.ts';

const world = bootCommercialOps({ seed: { lines: 3_000 } });
let athena: Athena;
beforeAll(() => {
  athena = athenaOver(world);
});

/** Every statement that the runbook prints, as it prints it. */
const { sql: PRINTED } = printedIn();
const ON_COSTS = PRINTED.filter((sql) => sql.includes('fact_cost_raw'));

test('the runbook prints ten statements, two of them on costs', () => {
  expect([PRINTED.length, ON_COSTS.length]).toEqual([10, 2]);
});

test.each(PRINTED)('on the ledger, as the responder: %s', async (sql) => {
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
