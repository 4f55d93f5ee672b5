import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { athenaName, mapColumns } from '../../../sandbox/commercial-ops/cur-export-columns.ts';
import { ask } from '../../support/world.ts';
import { scratchDir } from '../../../emulator/test/support/scratch.ts';
import { bootCommercialOps } from './boot.ts';

/** As real exports are: repeated ids, exponents, tax without a service, a comma in a quoted name, no tenant tags. */
const HEADER =
  'identity/LineItemId,identity/TimeInterval,bill/InvoiceId,bill/InvoicingEntity,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,' +
  'lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/UsageType,lineItem/UsageAmount,lineItem/UnblendedCost,product/servicecode';
const usage = (day: number, cost: string, amount = '1.0', id = 'aaa') =>
  `${id},2023-11-${day}T00:00:00Z/2023-11-${day}T01:00:00Z,,"Amazon Web Services Canada, Inc.",2023-11-01T00:00:00.000Z,2023-12-01T00:00:00.000Z,` +
  `Usage,2023-11-${day}T00:00:00.000Z,2023-11-${day}T01:00:00.000Z,Requests-Tier1,${amount},${cost},AmazonS3`;
const TAX =
  'ttt,2023-11-01T00:00:00Z/2023-12-01T00:00:00Z,,"Amazon Web Services Canada, Inc.",2023-11-01T00:00:00.000Z,2023-12-01T00:00:00.000Z,' +
  'Tax,2023-11-01T00:00:00.000Z,2023-12-01T00:00:00.000Z,,1.0,0.08,';
const LINES = [
  TAX,
  usage(10, '1.81E-8'),
  usage(11, '8e-7', '2.0'),
  usage(12, '0.000000000000000001'),
  usage(13, '12345678901234567890.123456789012345678'),
  usage(14, '-12345678901234567890', '1.5E+3', 'bbb'),
];
const TOTAL = '0.203457607112345679';

const MOMENT = new Date('2023-11-15T01:00:00Z');
const world = bootCommercialOps({ now: MOMENT });
const directory = scratchDir();

async function file(name: string, lines: readonly string[], header = HEADER): Promise<string> {
  const path = join(directory, name);
  const text = `${[header, ...lines].join('\n')}\n`;
  await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

test('everything in the file is kept or counted', async () => {
  const report = await world.ops.importCur(await file('odd.csv', LINES));
  expect(report).toMatchObject({
    format: 'csv',
    lines: 6,
    total: TOTAL,
    newestUsageEnd: '2023-11-14T01:00:00Z',
    periods: [{ period: '2023-11', lines: 6, total: TOTAL }],
    lineTypes: [
      { type: 'Tax', lines: 1, total: '0.08' },
      { type: 'Usage', lines: 5 },
    ],
    absent: ['line_item_resource_id', 'resource_tags_user_tenant_id', 'resource_tags_user_plan_id'],
    notKept: [
      { column: 'bill/InvoiceId', values: 0 },
      { column: 'bill/InvoicingEntity', values: 6 },
    ],
    empty: [
      { column: 'line_item_usage_type', lines: 1 },
      { column: 'product_servicecode', lines: 1 },
    ],
  });
  expect(report.mapped).toContainEqual({ ours: 'line_item_time_interval', theirs: 'identity/TimeInterval' });
});

test('underscored names, gzip and Parquet give the same lines', async () => {
  const underscored = HEADER.split(',').map(athenaName).join(',');
  const zipped = await world.ops.importCur(await file('zipped.csv.gz', LINES, underscored));
  expect(zipped).toMatchObject({ lines: 6, total: TOTAL });
  const parquet = join(directory, 'report.parquet');
  await world.ops.duck.run(
    `copy (select * from read_csv('${directory}/odd.csv', header = true, all_varchar = true)) to '${parquet}' (format parquet)`,
  );
  expect(await world.ops.importCur(parquet)).toMatchObject({
    format: 'parquet',
    lines: 6,
    total: TOTAL,
    notes: [],
  });
});

test('doubles of a Parquet file are taken by their shortest decimal form, and that is said', async () => {
  const parquet = join(directory, 'doubles.parquet');
  await world.ops.duck.run(
    `copy (select * replace (cast("lineItem/UnblendedCost" as double) as "lineItem/UnblendedCost")
           from read_csv('${directory}/odd.csv', header = true, all_varchar = true) where "lineItem/UsageEndDate" < '2023-11-12') to '${parquet}' (format parquet)`,
  );
  const report = await world.ops.importCur(parquet);
  expect(report.total).toBe('0.0000008181');
  expect(report.notes).toEqual([expect.stringMatching(/lineItem\/UnblendedCost holds binary floats/)]);
});

test('the sandbox on a real report: delivered whole, ingested in part, and exact once loaded', async () => {
  const cur = await world.ops.importCur(await file('world.csv', LINES));
  const seeded = await world.ops.seed({ cur, ingestedUpTo: new Date('2023-11-11T02:00:00Z') });
  expect(seeded.periods).toEqual([{ period: '2023-11', state: 'open' }]);
  const stale = await world.ops.totals('2023-11');
  expect(stale.delivered).toEqual({ lines: 6, total: TOTAL });
  expect(stale.ledger).toEqual({ lines: 3, total: '0.0800008181' });

  await world.ops.setIngested(MOMENT);
  const { ledger, athena } = await world.ops.totals('2023-11');
  expect([ledger, athena]).toEqual([stale.delivered, stale.delivered]);
  expect((await world.ops.freshness()).ledger).toEqual({
    newest: '2023-11-14T01:00:00.000Z',
    days: expect.closeTo(1, 2) as number,
  });
  expect(
    await ask(
      world.pool,
      'select count(*) from fact_cost_raw where resource_tags_user_tenant_id is not null',
    ),
  ).toBe('0');
  expect(await ask(world.pool, 'select count(distinct identity_line_item_id) from fact_cost_raw')).toBe('3');
});

test('a report of last month leaves the clock’s month open and empty', async () => {
  world.clock.at('never', MOMENT, () => undefined);
  const cur = await world.ops.importCur(
    await file(
      'october.csv',
      LINES.map((line) => line.replaceAll('2023-11', '2023-10').replaceAll('2023-12', '2023-11')),
    ),
  );
  const { periods } = await world.ops.seed({ cur });
  expect(periods).toEqual([
    { period: '2023-10', state: 'closing' },
    { period: '2023-11', state: 'open' },
  ]);
  expect(world.ops.delivery.exists('2023-11')).toBe(false);
});

describe('what could not be kept as it is, is refused', () => {
  const refused = async (lines: string[], message: RegExp, header = HEADER) =>
    expect(world.ops.importCur(await file('refused.csv', lines, header))).rejects.toThrow(message);

  test.each([
    [
      '0.0000000000000000001',
      /line_item_unblended_cost "0\.0000000000000000001" in line 3 of the report has more digits/,
    ],
    ['1.5E-18', /has more digits than DECIMAL\(38,18\)/],
    ['1E20', /has more digits/],
    ['abc', /"abc" in line 3 of the report is no number/],
    ['0x1F', /is no number/],
  ])('a cost of %s', (cost, message) => refused([TAX, usage(10, cost)], message));

  test.each(['1.500000000000000000000', '1E19', '0E-30', '10E-19', '.5', '5.'])(
    'but not a cost of %s, which fits',
    async (cost) => {
      const report = await world.ops.importCur(await file('fits.csv', [usage(10, cost)]));
      expect(Number(report.total)).toBe(Number(cost));
    },
  );

  test('a time that is none', () =>
    refused(
      [usage(10, '1').replace('2023-11-10T01:00:00.000Z', 'yesterday')],
      /line_item_usage_end_date "yesterday" in line 2 of the report is no time/,
    ));
  test('a line of no period', () =>
    refused(
      [usage(10, '1').replace(',2023-11-01T00:00:00.000Z', ',')],
      /1 lines of the report say no billing period/,
    ));
  test('no usage at all', () => refused([TAX], /no line of type Usage/));
  test('a file that is no report', () =>
    refused(['1,2'], /no column for line_item_line_item_type.*Got: a, b/, 'a,b'));
  test('a file that is not there', () =>
    expect(world.ops.importCur('/no/such/file.csv')).rejects.toThrow(/there is no file/));
});

test('two equal columns of a Parquet file are refused', async () => {
  const path = join(directory, 'twice.parquet');
  await world.ops.duck.run(
    `copy (select *, 99 as "lineItem/UnblendedCosX" from read_csv('${await file('once.csv', LINES)}', header = true,
       all_varchar = true)) to '${path}' (format parquet)`,
  );
  // No writer of ours gives two columns one name.
  const written = (await readFile(path)).toString('latin1');
  expect(written).toContain('UnblendedCosX');
  await writeFile(path, written.replaceAll('UnblendedCosX', 'UnblendedCost'), 'latin1');
  await expect(world.ops.importCur(path)).rejects.toThrow(
    /lineItem\/UnblendedCost.*lineItem\/UnblendedCost/s,
  );
});

test('two columns for one place are refused', () => {
  const needed = HEADER.split(',');
  expect(() => mapColumns([...needed, 'line_item_unblended_cost'])).toThrow(
    'columns "lineItem/UnblendedCost" and "line_item_unblended_cost" of the report both mean line_item_unblended_cost',
  );
});
