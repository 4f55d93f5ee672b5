import type { Athena } from '../../../emulator/aws/athena.ts';
import { ROOT } from '../../../emulator/kernel/credentials.ts';
import { athenaOver, bootCommercialOps } from './boot.ts';

const world = bootCommercialOps({ seed: { lines: 3_000 } });
let athena: Athena;
beforeAll(() => {
  const { errors } = world;
  world.defer(() => expect(errors).toEqual([]));
  athena = athenaOver(world);
});

const start = async (QueryString: string) =>
  (
    await athena.startQueryExecution(
      { QueryString, QueryExecutionContext: { Database: 'commercial_ops' }, WorkGroup: 'commercial-ops' },
      { principal: ROOT },
    )
  ).QueryExecutionId;

/** The first row of a query that has ended. */
async function answerOf(QueryExecutionId: string | undefined): Promise<(string | undefined)[]> {
  const { ResultSet } = await athena.getQueryResults({ QueryExecutionId });
  return ResultSet?.Rows?.[1]?.Data?.map(({ VarCharValue }) => VarCharValue) ?? [];
}

async function ask(sql: string) {
  const id = await start(sql);
  await world.clock.idle();
  return answerOf(id);
}

test('the newest usage, as the runbook asks for it', async () => {
  expect(await ask('SELECT MAX(line_item_usage_end_date) FROM fact_cost_raw;')).toEqual([
    '2025-12-01 00:00:00.000',
  ]);
});

test('the total of a month is exact', async () => {
  const { athena: copy } = await world.ops.totals('2025-10');
  const [count, total] = await ask(
    `SELECT COUNT(*), SUM(line_item_unblended_cost) FROM fact_cost_raw WHERE period = '2025-10'`,
  );
  expect([count, total?.replace(/0+$/, '')]).toEqual([String(copy.lines), copy.total]);
});

test('a query sees a month before or after its replacement, never both', async () => {
  const before = (await world.ops.totals('2025-11')).athena.lines;
  const sql = `SELECT COUNT(*), COUNT(DISTINCT source_digest) FROM fact_cost_raw WHERE period = '2025-11'`;
  const seen: (number | undefined)[] = [];
  const look = async (): Promise<void> => {
    const [count, digests] = (await ask(sql)).map(Number);
    expect(digests).toBe(1);
    seen.push(count);
  };
  await look();
  let replaced = false;
  const replacing = world.ops
    .setIngested(new Date('2025-11-10T00:00:00Z'), ['athena'])
    .finally(() => (replaced = true));
  while (!replaced) await look();
  await replacing;
  await look();
  const after = (await world.ops.totals('2025-11')).athena.lines;
  expect(after).toBeLessThan(before);
  expect([seen[0], seen.at(-1)]).toEqual([before, after]);
  expect(seen.length).toBeGreaterThan(2);
  expect(new Set(seen)).toEqual(new Set([before, after]));
  const files = world.s3.list('commercial-ops-warehouse', 'fact_cost_raw/').length;
  expect(files).toBe(world.ops.warehouse.current().flatMap(({ keys }) => keys).length);
});
