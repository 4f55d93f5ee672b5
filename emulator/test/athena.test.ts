import { randomUUID } from 'node:crypto';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
} from '@aws-sdk/client-athena';
import { Athena, athenaDefinition } from '../aws/athena.ts';
import { fillIn } from '../aws/athena-dialect.ts';
import { ROOT } from '../kernel/credentials.ts';
import { S3 } from '../aws/s3.ts';
import { SalesTable } from './support/sales-table.ts';
import { scratchDir } from './support/scratch.ts';
import { makeWorld, serve } from './wire/serve.ts';

const world = makeWorld();
const { clock, store } = world;
const s3 = new S3({ store, clock, dataDir: scratchDir() });
const sales = new SalesTable(s3);
/** What IAM denies. */
const denied = new Set<string>();
const iam = { check: (_: unknown, action: string) => ({ allowed: !denied.has(action), reason: 'a test' }) };
const athena = makeAthena();
beforeAll(async () => {
  for (const bucket of ['warehouse', 'results']) await s3.createBucket(bucket);
  for (const month of ['2025-09', '2025-10', '2025-11']) await sales.fill(month, 1000);
});
afterAll(async () => {
  await clock.idle();
  await athena.close();
  clock.stop();
  expect(sales.opened).toBe(0);
});

function makeAthena(): Athena {
  const made = new Athena({ clock, store, s3, iam });
  made.addTable(sales);
  made.putWorkgroup({ name: 'analysts', results: 's3://results/' });
  return made;
}

const request = (QueryString: string, more: Partial<StartQueryExecutionCommandInput> = {}) => ({
  QueryString,
  QueryExecutionContext: { Database: 'shop' },
  WorkGroup: 'analysts',
  ...more,
});

async function run(sql: string, more: Partial<StartQueryExecutionCommandInput> = {}) {
  const { QueryExecutionId } = await athena.startQueryExecution(request(sql, more), { principal: ROOT });
  await clock.idle();
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

test('results carry a header, types, and decimals with all digits', async () => {
  const sql = `SELECT product, price AS cost, sold_at, month, customer, COUNT(*) OVER ()
    FROM sales WHERE price = DECIMAL '-0.0000008' AND month = '2025-11'`;
  const execution = await run(sql);
  const { ResultSet } = await athena.getQueryResults({ QueryExecutionId: execution?.QueryExecutionId });
  expect(ResultSet?.Rows?.map(({ Data }) => Data?.map(({ VarCharValue }) => VarCharValue))).toEqual([
    ['product', 'cost', 'sold_at', 'month', 'customer', '_col5'],
    ['tea', '-0.000000800000000000', '2025-11-01 00:00:00.000', '2025-11', undefined, '1'],
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
  const bytes = sales.current().reduce((sum, part) => sum + part.bytes, 0);
  expect(execution?.Statistics?.DataScannedInBytes).toBe(bytes);
});

test('the total is exact, and the month a partition', async () => {
  const sql = `SELECT COUNT(*), SUM(price) FROM "awsdatacatalog"."shop"."sales" WHERE month = '2025-10'`;
  expect(await rows(sql)).toEqual([['1000', '4994.999999200000000000']]);
  expect(await rows('SELECT DISTINCT month FROM sales ORDER BY 1')).toEqual([
    ['2025-09'],
    ['2025-10'],
    ['2025-11'],
  ]);
});

test('a statement that starts after a month was replaced sees the new rows, and old files are released', async () => {
  const sql = `SELECT COUNT(*) FROM sales WHERE month = '2025-12'`;
  expect(await rows(sql)).toEqual([['0']]);
  await sales.fill('2025-12', 3);
  expect(await rows(sql)).toEqual([['3']]);
  await sales.fill('2025-12', 0);
  expect(await rows(sql)).toEqual([['0']]);
  expect(sales.opened).toBe(1);
});

test('statements may read several tables, and only a table that they name counts', async () => {
  const prices = new SalesTable(s3);
  const both = makeAthena();
  both.addTable(Object.assign(prices, { name: 'prices', prefix: 'prices' }));
  await prices.fill('2025-09', 2);
  const sql = 'SELECT COUNT(*) FROM sales JOIN prices USING (id, month)';
  const { QueryExecutionId } = await both.startQueryExecution(request(sql), { principal: ROOT });
  await clock.idle();
  const { ResultSet } = await both.getQueryResults({ QueryExecutionId });
  expect(ResultSet?.Rows?.[1]?.Data?.[0]?.VarCharValue).toBe('2');
  await both.close();
});

test.each([
  [`SELECT date_format(TIMESTAMP '2025-09-01 10:20:30', '%Y-%m-%d %H:%i:%s')`, '2025-09-01 10:20:30'],
  [`SELECT date_add('day', -2, TIMESTAMP '2025-09-01 00:00:00')`, '2025-08-30 00:00:00.000'],
  [`SELECT date_diff('hour', TIMESTAMP '2025-09-01 00:00:00', TIMESTAMP '2025-09-02 01:00:00')`, '25'],
  [`SELECT date_trunc('month', TIMESTAMP '2025-09-21 00:00:00')`, '2025-09-01 00:00:00.000'],
  [`SELECT from_iso8601_timestamp('2025-09-01T00:00:00Z')`, '2025-09-01 00:00:00.000 UTC'],
  [`SELECT approx_distinct(product) FROM sales`, '1'],
  [`SELECT regexp_like('NatGateway', '^Nat')`, 'true'],
  [`SELECT json_extract_scalar('{"a": {"b": 1}}', '$.a.b')`, '1'],
  [`SELECT cardinality(ARRAY[1, 2])`, '2'],
  [`SELECT 5/2`, '2'],
  [`SELECT CAST(2.5 AS DECIMAL)`, '3'],
  [`SELECT DECIMAL '0.00000008', 'DECIMAL ''1'''`, '0.00000008'],
  [`SELECT 1e-5`, '1.0E-5'],
  [`SELECT CAST(3 AS double)`, '3.0'],
  [`SELECT to_unixtime(TIMESTAMP '2025-09-01 00:00:00')`, '1.7566848E9'],
  [`SELECT CAST(now() AS date), current_date`, '2025-09-10'],
  [
    `SELECT 'it''s "quoted", and
broken'`,
    'it\'s "quoted", and\nbroken',
  ],
  [`SELECT ''`, ''],
])('%s', async (sql, value) => {
  expect((await rows(sql))[0]?.[0]).toBe(value);
});

test('time is the emulator’s', async () => {
  const [[now] = []] = await rows('SELECT current_timestamp');
  expect(new Date(now?.replace(' UTC', 'Z') ?? '')).toEqual(clock.now());
});

test('parameters are literals of SQL', async () => {
  const sql = `SELECT COUNT(*), '?' FROM sales WHERE month = ? AND price > ? -- really?`;
  const [[count] = []] = await rows(sql, { ExecutionParameters: [`'2025-09'`, '-1000'] });
  expect(count).toBe('1000');
  expect(() => fillIn('SELECT ?', ['2025-09-01; DROP TABLE x'])).toThrow(/is not a literal of SQL/);
  expect(() => fillIn('SELECT ?, ?', ['1'])).toThrow(/expected 2 but found 1/);
});

test('a wrong statement fails, with the reason', async () => {
  expect(await reasonOf('SELECT nothing FROM sales')).toMatch(/^SYNTAX_ERROR: .*nothing/);
  expect(await reasonOf('SELECT * FROM invoices')).toMatch(/^TABLE_NOT_FOUND/);
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
  'DROP TABLE sales',
  `INSERT INTO sales SELECT * FROM sales`,
  'SHOW TABLES',
  `COPY sales TO 'x'`,
  `/* SELECT */ ATTACH 'x'`,
  'EXPLAIN SELECT 1',
])('refused, for it is not emulated: %s', async (sql) => {
  await expect(athena.startQueryExecution(request(sql), { principal: ROOT })).rejects.toThrow(
    /only SELECT is emulated/,
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
    ResultConfiguration: { OutputLocation: 's3://results/analyst' },
  });
  const key = `analyst/${execution?.QueryExecutionId}.csv`;
  expect(execution?.ResultConfiguration?.OutputLocation).toBe(`s3://results/${key}`);
  expect((await s3.get('results', key)).toString()).toBe('"name","nothing"\n"a""b",\n');
});

test('results come in pages', async () => {
  const execution = await run('SELECT id FROM sales ORDER BY month, id');
  const seen: (string | undefined)[] = [];
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const page = await athena.getQueryResults({
      QueryExecutionId: execution?.QueryExecutionId,
      ...(token !== undefined && { NextToken: token }),
    });
    seen.push(...(page.ResultSet?.Rows ?? []).map(({ Data }) => Data?.[0]?.VarCharValue));
    token = page.NextToken;
  }
  expect(seen[0]).toBe('id');
  expect(seen.length - 1).toBe(Number((await rows('SELECT COUNT(*) FROM sales'))[0]?.[0]));
});

const OF_EVERY_QUERY = new Set(['s3:PutObject', 's3:GetBucketLocation']);

test('what the caller may not do lets the query fail', async () => {
  for (const action of [
    's3:PutObject',
    's3:GetObject',
    's3:ListBucket',
    's3:GetBucketLocation',
    'glue:GetTable',
  ]) {
    denied.add(action);
    expect(await reasonOf('SELECT COUNT(*) FROM sales')).toContain(action);
    const noTable = (await run('SELECT 1'))?.Status?.StateChangeReason;
    expect(noTable).toEqual(OF_EVERY_QUERY.has(action) ? expect.stringContaining(action) : undefined);
    denied.clear();
  }
});

test('a query that runs when Athena closes is broken off, and runs again on the next start', async () => {
  const closing = makeAthena();
  const { QueryExecutionId } = await closing.startQueryExecution(
    request('SELECT COUNT(*) FROM sales a, sales b, sales c WHERE a.id + b.id + c.id = 1'),
    { principal: ROOT },
  );
  expect(clock.inFlight()).toContain(`Athena query ${QueryExecutionId}`);
  await closing.close();
  expect(closing.getQueryExecution({ QueryExecutionId }).QueryExecution?.Status?.State).toBe('RUNNING');
  await store.collection('athena.query').delete(QueryExecutionId ?? '');
});

test('a query that the emulator was killed in runs again', async () => {
  const execution = await run('SELECT 42');
  const kept = store.collection<object>('athena.query');
  const id = execution?.QueryExecutionId ?? '';
  const {
    completedAt: _completed,
    columns: _columns,
    ...begun
  } = kept.get(id) as { completedAt: string; columns: unknown };
  await kept.put(id, { ...begun, state: 'RUNNING' });
  const restarted = makeAthena();
  restarted.resume();
  await clock.idle();
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
  const served = await serve(makeWorld(), [athenaDefinition(athena)]);
  const client = new AthenaClient(served.config());
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand(request('SELECT MIN(sold_at) AS oldest FROM sales')),
  );
  await clock.idle();
  const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
  expect(QueryExecution?.Status?.State).toBe('SUCCEEDED');
  const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId }));
  expect(ResultSet?.Rows?.[1]?.Data?.[0]?.VarCharValue).toBe('2025-09-01 00:00:00.000');
  client.destroy();
  await served.close();
});

describe('a workgroup', () => {
  const place = (execution: Awaited<ReturnType<typeof run>>) =>
    execution?.ResultConfiguration?.OutputLocation;
  const elsewhere = { ResultConfiguration: { OutputLocation: 's3://warehouse/mine/' } };

  test('that is enforced puts results where it wants, others where the query wants', async () => {
    const WorkGroup = 'strict';
    athena.putWorkgroup({ name: WorkGroup, results: 's3://results/strict', enforced: true });
    expect(place(await run('select 1', { WorkGroup, ...elsewhere }))).toMatch(
      /^s3:\/\/results\/strict\/[0-9a-f-]+\.csv$/,
    );
    expect(place(await run('select 1', elsewhere))).toMatch(/^s3:\/\/warehouse\/mine\//);
    expect(athena.getWorkGroup({ WorkGroup }).WorkGroup?.Configuration).toMatchObject({
      EnforceWorkGroupConfiguration: true,
      ResultConfiguration: { OutputLocation: 's3://results/strict' },
    });
  });

  test('with managed results takes no place, and needs no right to write one', async () => {
    const WorkGroup = 'managed';
    athena.putWorkgroup({ name: WorkGroup, managed: true });
    await expect(run('select 1', { WorkGroup, ...elsewhere })).rejects.toThrow(/managed query results/);
    denied.add('s3:PutObject');
    const execution = await run('select 1', { WorkGroup });
    denied.clear();
    expect([execution?.Status?.State, place(execution)]).toEqual(['SUCCEEDED', undefined]);
    expect(athena.resultOf(execution?.QueryExecutionId)).toEqual([]);
  });

  test('with a limit cancels what scans more, and takes no limit under 10 MB', async () => {
    const group = { name: 'thrifty', results: 's3://results/' };
    expect(() => athena.putWorkgroup({ ...group, cutoffBytes: 9_999_999 })).toThrow(/at least 10000000/);
    const least = sales.current().reduce((sum, part) => sum + part.bytes, 0);
    const months = Math.ceil(10_000_000 / least) + 1;
    athena.putWorkgroup({ ...group, cutoffBytes: 10_000_000 });
    expect((await run('select count(*) from sales', { WorkGroup: 'thrifty' }))?.Status?.State).toBe(
      'SUCCEEDED',
    );
    // In another order it is another state of the table.
    const larger = sales.current().map((part) => ({ ...part, bytes: part.bytes * months }));
    jest.spyOn(sales, 'current').mockReturnValue(larger.reverse());
    const cut = await run('select count(*) from sales', { WorkGroup: 'thrifty' });
    jest.restoreAllMocks();
    expect(cut?.Status).toMatchObject({
      State: 'CANCELLED',
      StateChangeReason: 'Bytes scanned limit was exceeded',
    });
  });

  test('that is disabled or unknown takes no query', async () => {
    athena.putWorkgroup({ name: 'off', state: 'DISABLED', results: 's3://results/' });
    await expect(run('select 1', { WorkGroup: 'off' })).rejects.toThrow(/is disabled/);
    expect(() => athena.getWorkGroup({ WorkGroup: 'none' })).toThrow(/is not found/);
  });
});

test.each([
  ['glue:GetDatabase', /glue:GetDatabase on resource: \S+:catalog/],
  ['glue:GetPartition', /glue:GetPartition on/],
  ['glue:BatchGetPartition', /glue:BatchGetPartition on/],
  ['s3:AbortMultipartUpload', /s3:AbortMultipartUpload on/],
])('a query without %s fails, and says so', async (action, reason) => {
  denied.add(action);
  expect(await reasonOf('select count(*) from sales')).toMatch(reason);
  denied.clear();
});

test('a table that Lake Formation governs is read by Lake Formation, not by the caller', async () => {
  Object.assign(sales, { lakeFormation: true });
  denied.add('s3:GetObject');
  expect(await rows(`select count(*) from sales where month = '2025-10'`)).toEqual([['1000']]);
  denied.add('lakeformation:GetDataAccess');
  expect(await reasonOf('select count(*) from sales')).toMatch(/lakeformation:GetDataAccess on resource: \*/);
  denied.clear();
  Object.assign(sales, { lakeFormation: false });
});
