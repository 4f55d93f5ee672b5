import { randomUUID } from 'node:crypto';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
} from '@aws-sdk/client-athena';
import { Athena } from '../aws/athena.ts';
import { fillIn } from '../aws/athena-dialect.ts';
import { ROOT } from '../kernel/credentials.ts';
import { testWorld, type TestWorld } from '../../test/sandbox/commercial-ops/world.ts';
import { makeWorld, serve } from './wire/serve.ts';

let world: TestWorld;
let athena: Athena;
beforeAll(async () => {
  world = await testWorld('athena');
  await world.ops.seed({ lines: 3_000 });
  athena = makeAthena();
});
afterAll(async () => {
  await world.clock.idle();
  await athena.close();
  await world.close();
  expect(world.errors).toEqual([]);
});

function makeAthena(): Athena {
  const { clock, store, s3, iam, estate, ops } = world;
  return new Athena({ clock, store, s3, iam, estate, warehouse: ops.warehouse });
}

const request = (QueryString: string, more: Partial<StartQueryExecutionCommandInput> = {}) => ({
  QueryString,
  QueryExecutionContext: { Database: 'commercial_ops' },
  WorkGroup: 'commercial-ops',
  ...more,
});

async function run(sql: string, more: Partial<StartQueryExecutionCommandInput> = {}) {
  const { QueryExecutionId } = await athena.startQueryExecution(request(sql, more), { principal: ROOT });
  await world.clock.idle();
  return athena.getQueryExecution({ QueryExecutionId }).QueryExecution;
}

/** The rows of a query that succeeds, without the header. */
async function rows(
  sql: string,
  more: Partial<StartQueryExecutionCommandInput> = {},
): Promise<(string | undefined)[][]> {
  const execution = await run(sql, more);
  expect(execution?.Status).toMatchObject({ State: 'SUCCEEDED' });
  const { ResultSet } = await athena.getQueryResults({ QueryExecutionId: execution?.QueryExecutionId });
  return (ResultSet?.Rows ?? [])
    .slice(1)
    .map(({ Data }) => (Data ?? []).map(({ VarCharValue }) => VarCharValue));
}

const reasonOf = async (sql: string, more: Partial<StartQueryExecutionCommandInput> = {}) => {
  const status = (await run(sql, more))?.Status;
  expect(status?.State).toBe('FAILED');
  return status?.StateChangeReason;
};

test('the runbook’s freshness statement, as printed', async () => {
  expect(await rows('SELECT MAX(line_item_usage_end_date) FROM fact_cost_raw;')).toEqual([
    ['2025-12-01 00:00:00.000'],
  ]);
});

test('results carry a header, types, and costs with all digits', async () => {
  const sql = `SELECT line_item_usage_type, line_item_unblended_cost AS cost, line_item_usage_end_date, period, resource_tags_user_tenant_id,
    COUNT(*) OVER () FROM fact_cost_raw WHERE line_item_unblended_cost = DECIMAL '-0.0000008' AND period = '2025-11'`;
  const execution = await run(sql);
  const { ResultSet } = await athena.getQueryResults({ QueryExecutionId: execution?.QueryExecutionId });
  expect(ResultSet?.Rows?.map(({ Data }) => Data?.map(({ VarCharValue }) => VarCharValue))).toEqual([
    [
      'line_item_usage_type',
      'cost',
      'line_item_usage_end_date',
      'period',
      'resource_tags_user_tenant_id',
      '_col5',
    ],
    ['USE1-Requests-Tier2', '-0.000000800000000000', '2025-12-01 00:00:00.000', '2025-11', undefined, '1'],
  ]);
  expect(
    ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Type, Precision, Scale }) => [Type, Precision, Scale]),
  ).toEqual([
    ['varchar', 2147483647, 0],
    ['decimal', 38, 18],
    ['timestamp', 3, 0],
    ['varchar', 2147483647, 0],
    ['varchar', 2147483647, 0],
    ['bigint', 19, 0],
  ]);
  expect(execution?.Statistics?.DataScannedInBytes).toBeGreaterThan(10_000);
});

test('the total is exact, and the period a partition', async () => {
  const { athena: copy } = await world.ops.totals('2025-10');
  const sql = `SELECT COUNT(*), SUM(line_item_unblended_cost) FROM "awsdatacatalog"."commercial_ops"."fact_cost_raw" WHERE period = '2025-10'`;
  const [[count, total] = []] = await rows(sql);
  expect(count).toBe(String(copy.lines));
  expect(total?.replace(/0+$/, '')).toBe(copy.total);
  expect(await rows('SELECT DISTINCT period FROM fact_cost_raw ORDER BY 1')).toEqual([
    ['2025-09'],
    ['2025-10'],
    ['2025-11'],
  ]);
});

test.each([
  [`SELECT date_format(TIMESTAMP '2025-09-01 10:20:30', '%Y-%m-%d %H:%i:%s')`, '2025-09-01 10:20:30'],
  [`SELECT date_add('day', -2, TIMESTAMP '2025-09-01 00:00:00')`, '2025-08-30 00:00:00.000'],
  [`SELECT date_diff('hour', TIMESTAMP '2025-09-01 00:00:00', TIMESTAMP '2025-09-02 01:00:00')`, '25'],
  [`SELECT date_trunc('month', TIMESTAMP '2025-09-21 00:00:00')`, '2025-09-01 00:00:00.000'],
  [`SELECT from_iso8601_timestamp('2025-09-01T00:00:00Z')`, '2025-09-01 00:00:00.000 UTC'],
  [`SELECT approx_distinct(period) FROM fact_cost_raw`, '3'],
  [`SELECT regexp_like('NatGateway', '^Nat')`, 'true'],
  [`SELECT json_extract_scalar('{"a": {"b": 1}}', '$.a.b')`, '1'],
  [`SELECT cardinality(ARRAY[1, 2])`, '2'],
  [`SELECT 5/2`, '2'],
  [`SELECT CAST(2.5 AS DECIMAL)`, '3'],
  [`SELECT DECIMAL '0.00000008', 'DECIMAL ''1'''`, '0.00000008'],
  [`SELECT 1e-5`, '1.0E-5'],
  [`SELECT CAST(3 AS double)`, '3.0'],
  [`SELECT to_unixtime(TIMESTAMP '2025-09-01 00:00:00')`, '1.7566848E9'],
  [`SELECT CAST(now() AS date), current_date`, '2025-11-20'],
  [
    `SELECT 'it''s "quoted", and
broken'`,
    'it\'s "quoted", and\nbroken',
  ],
  [`SELECT ''`, ''],
])('%s', async (sql, value) => {
  expect((await rows(sql))[0]?.[0]).toBe(value);
});

test('time is the sandbox’s', async () => {
  const [[now] = []] = await rows('SELECT current_timestamp');
  expect(
    Math.abs(new Date(now?.replace(' UTC', 'Z') ?? '').getTime() - world.clock.now().getTime()),
  ).toBeLessThan(60_000);
});

test('parameters are literals of SQL', async () => {
  const sql = `SELECT COUNT(*), '?' FROM fact_cost_raw WHERE period = ? AND line_item_unblended_cost > ? -- really?`;
  const [[count] = []] = await rows(sql, { ExecutionParameters: [`'2025-09'`, '-1000'] });
  expect(count).toBe('1000');
  expect(() => fillIn('SELECT ?', ['2025-09-01; DROP TABLE x'])).toThrow(/is not a literal of SQL/);
  expect(() => fillIn('SELECT ?, ?', ['1'])).toThrow(/expected 2 but found 1/);
});

test('a wrong statement fails, with the reason', async () => {
  expect(await reasonOf('SELECT nothing FROM fact_cost_raw')).toMatch(/^SYNTAX_ERROR: .*nothing/);
  expect(await reasonOf('SELECT * FROM invoice_header')).toMatch(/^TABLE_NOT_FOUND/);
  expect(await reasonOf('SELECT FROM WHERE')).toMatch(/^SYNTAX_ERROR/);
  expect(await reasonOf('SELECT 1; SELECT 2')).toMatch(/Only one sql statement is allowed/);
  expect(await reasonOf('SELECT 1', { QueryExecutionContext: { Database: 'elsewhere' } })).toMatch(
    /SCHEMA_NOT_FOUND/,
  );
  await expect(
    athena.getQueryResults({ QueryExecutionId: (await run('SELECT x'))?.QueryExecutionId }),
  ).rejects.toMatchObject({
    code: 'InvalidRequestException',
  });
});

test.each([
  `SELECT * FROM read_csv('/etc/hostname')`,
  `SELECT * FROM '/etc/hostname'`,
  `SELECT * FROM read_text('/etc/hostname')`,
  `SELECT * FROM glob('/*')`,
])('no statement leaves the warehouse: %s', async (sql) => {
  expect(await reasonOf(sql)).toMatch(/file system operations are disabled|TABLE_NOT_FOUND/);
});

test.each([
  'DROP TABLE fact_cost_raw',
  `INSERT INTO fact_cost_raw SELECT * FROM fact_cost_raw`,
  'SHOW TABLES',
  `COPY fact_cost_raw TO 'x'`,
  `/* SELECT */ ATTACH 'x'`,
  'EXPLAIN SELECT 1',
])('refused, for it is not emulated: %s', async (sql) => {
  await expect(athena.startQueryExecution(request(sql), { principal: ROOT })).rejects.toThrow(
    /emulates SELECT only/,
  );
});

test('a token makes one query of two requests, and of different ones an error', async () => {
  const ClientRequestToken = randomUUID();
  const one = await run('SELECT 1', { ClientRequestToken });
  expect((await run('SELECT 1', { ClientRequestToken }))?.QueryExecutionId).toBe(one?.QueryExecutionId);
  await expect(run('SELECT 2', { ClientRequestToken })).rejects.toThrow('Idempotent parameters do not match');
});

test('the result lies as CSV where it was asked for', async () => {
  const execution = await run(`SELECT 'a"b' AS name, NULL AS nothing`, {
    ResultConfiguration: { OutputLocation: 's3://commercial-ops-athena-results/responder' },
  });
  const key = `responder/${execution?.QueryExecutionId}.csv`;
  expect(execution?.ResultConfiguration?.OutputLocation).toBe(`s3://commercial-ops-athena-results/${key}`);
  expect((await world.s3.get('commercial-ops-athena-results', key)).toString()).toBe(
    '"name","nothing"\n"a""b",\n',
  );
});

test('results come in pages', async () => {
  const execution = await run(
    'SELECT source_row FROM fact_cost_raw ORDER BY period, source_file, source_row',
  );
  const seen: (string | undefined)[] = [];
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const page = await athena.getQueryResults({
      QueryExecutionId: execution?.QueryExecutionId,
      ...(token !== undefined && { NextToken: token }),
    });
    seen.push(...(page.ResultSet?.Rows ?? []).map(({ Data }) => Data?.[0]?.VarCharValue));
    token = page.NextToken;
  }
  expect(seen[0]).toBe('source_row');
  expect(seen.length - 1).toBe(Number((await rows('SELECT COUNT(*) FROM fact_cost_raw'))[0]?.[0]));
});

test('what the caller may not do lets the query fail', async () => {
  for (const action of [
    's3:PutObject',
    's3:GetObject',
    's3:ListBucket',
    's3:GetBucketLocation',
    'glue:GetTable',
  ]) {
    world.denied.add(action);
    expect(await reasonOf('SELECT 1')).toContain(action);
    world.denied.clear();
  }
});

test('a query sees a month before or after its replacement, never both', async () => {
  const before = (await world.ops.totals('2025-11')).athena.lines;
  const sql = `SELECT COUNT(*), COUNT(DISTINCT source_digest) FROM fact_cost_raw WHERE period = '2025-11'`;
  const replacing = world.ops.setIngested(new Date('2025-11-10T00:00:00Z'), ['athena']);
  const ids: (string | undefined)[] = [];
  for (let i = 0; i < 12; i++) {
    ids.push((await athena.startQueryExecution(request(sql), { principal: ROOT })).QueryExecutionId);
    await new Promise((later) => setTimeout(later, 15));
  }
  await replacing;
  await world.clock.idle();
  const after = (await world.ops.totals('2025-11')).athena.lines;
  expect(after).toBeLessThan(before);
  for (const QueryExecutionId of ids) {
    const { ResultSet } = await athena.getQueryResults({ QueryExecutionId });
    const [count, digests] =
      ResultSet?.Rows?.[1]?.Data?.map(({ VarCharValue }) => Number(VarCharValue)) ?? [];
    expect([before, after]).toContain(count);
    expect(digests).toBe(1);
  }
  expect((await rows(sql))[0]?.[0]).toBe(String(after));
  const files = world.s3.list('commercial-ops-warehouse', 'fact_cost_raw/').length;
  expect(files).toBe(world.ops.warehouse.current().flatMap(({ keys }) => keys).length);
});

test('a running query can be stopped', async () => {
  const { QueryExecutionId } = await athena.startQueryExecution(
    request(
      'SELECT COUNT(*) FROM fact_cost_raw a, fact_cost_raw b, fact_cost_raw c WHERE a.source_row + b.source_row + c.source_row = 1',
    ),
    { principal: ROOT },
  );
  expect(world.clock.inFlight()).toContain(`Athena query ${QueryExecutionId}`);
  await athena.stopQueryExecution({ QueryExecutionId });
  await world.clock.idle();
  expect(athena.getQueryExecution({ QueryExecutionId }).QueryExecution?.Status?.State).toBe('CANCELLED');
});

test('a query that the sandbox was killed in runs again', async () => {
  const execution = await run('SELECT 42');
  const kept = world.store.collection<object>('athena.query');
  const id = execution?.QueryExecutionId ?? '';
  const {
    completedAt: _completed,
    columns: _columns,
    ...begun
  } = kept.get(id) as { completedAt: string; columns: unknown };
  await kept.put(id, { ...begun, state: 'RUNNING' });
  const restarted = makeAthena();
  restarted.resume();
  await world.clock.idle();
  const { ResultSet } = await restarted.getQueryResults({ QueryExecutionId: id });
  expect(ResultSet?.Rows?.[1]?.Data?.[0]?.VarCharValue).toBe('42');
  await restarted.close();
});

test('what would change behaviour and is not emulated is refused', async () => {
  await expect(run('SELECT 1', { ResultReuseConfiguration: {} })).rejects.toThrow(
    /does not emulate ResultReuseConfiguration/,
  );
  await expect(run('SELECT 1', { WorkGroup: 'other' })).rejects.toThrow(/WorkGroup other is not found/);
  await expect(run('SELECT 1', { WorkGroup: 'primary' })).rejects.toThrow(/No output location provided/);
});

test('over the wire, by the SDK', async () => {
  const served = await serve(makeWorld(), [athena.definition()]);
  const client = new AthenaClient(served.config());
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand(
      request('SELECT MAX(line_item_usage_end_date) AS newest FROM fact_cost_raw'),
    ),
  );
  await world.clock.idle();
  const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
  expect(QueryExecution?.Status?.State).toBe('SUCCEEDED');
  const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId }));
  expect(ResultSet?.Rows?.[1]?.Data?.[0]?.VarCharValue).toBe('2025-12-01 00:00:00.000');
  client.destroy();
  await served.close();
});
