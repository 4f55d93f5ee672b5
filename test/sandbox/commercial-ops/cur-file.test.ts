import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { scratchDir } from '../../../emulator/test/support/scratch.ts';
import { athenaName } from '../../../sandbox/commercial-ops/cur-export-columns.ts';
import { readCurExport, type CurExport } from '../../../sandbox/commercial-ops/cur-export.ts';
import { Duck } from '../../../sandbox/commercial-ops/duck.ts';
import { ReportRefused } from '../../../sandbox/commercial-ops/report-file.ts';

/** The file says what it says: every good file is kept to the last record and digit, any other is refused in our words. */

const directory = scratchDir();
let duck: Duck;
beforeAll(() => {
  duck = new Duck(join(directory, 'duckdb'));
});
afterAll(() => duck.close());

let files = 0;
function written(bytes: Buffer | string): string {
  const path = join(directory, `${++files}.report`);
  writeFileSync(path, bytes);
  return path;
}
const read = (bytes: Buffer | string): Promise<CurExport> =>
  readCurExport(duck, written(bytes), join(directory, 'read.parquet'));

/** The reason of a refusal; another error fails the test, and so does a file that is taken. */
async function refusal(bytes: Buffer | string): Promise<string> {
  const error: unknown = await read(bytes).then(
    ({ lines }) => new Error(`it was taken, with ${lines} lines`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ReportRefused)) throw error;
  // Whose library reads the file is nothing that people can do anything about.
  expect(error.message).not.toMatch(
    /duck|sniff|parser|strict.mode|all_varchar|null_?padding|auto_detect|zlib/i,
  );
  return error.message;
}

const HEADER = [
  'identity/LineItemId',
  'bill/BillingPeriodStartDate',
  'lineItem/LineItemType',
  'lineItem/UsageStartDate',
  'lineItem/UsageEndDate',
  'lineItem/UnblendedCost',
  'lineItem/LineItemDescription',
];
const row = (id: string, day: number, cost: string, month = '2025-11'): string[] => [
  id,
  `${month}-01T00:00:00Z`,
  'Usage',
  `${month}-${String(day).padStart(2, '0')}T00:00:00Z`,
  `${month}-${String(day).padStart(2, '0')}T01:00:00Z`,
  cost,
  'plain',
];
const LINES = [row('id1', 10, '1.25'), row('id2', 11, '2.5'), row('id3', 12, '0.000001')];
const csv = (records: readonly (readonly string[])[] = LINES, header: readonly string[] = HEADER): string =>
  [header, ...records].map((values) => `${values.join(',')}\n`).join('');
/** One value changed, by the number of its record and the name of its column. */
const changed = (record: number, column: string, value: string): string =>
  csv(
    LINES.map((line, i) =>
      i === record ? line.map((old, at) => (HEADER[at] === column ? value : old)) : line,
    ),
  );
const withColumn = (name: string, ...values: string[]): string =>
  csv(
    LINES.map((line, i) => [...line, values[i] ?? '']),
    [...HEADER, name],
  );

describe('a good file is kept whole, however it is written', () => {
  const TOTAL = '3.750001';
  const crlf = csv().replaceAll('\n', '\r\n');
  const [head = '', ...rest] = csv().split(/(?<=\n)/);
  test.each<[string, Buffer | string]>([
    ['LF', csv()],
    ['CRLF', crlf],
    ['CR', csv().replaceAll('\n', '\r')],
    ['without a last line end', csv().trimEnd()],
    ['blank lines', `\n${csv()}\n\n`],
    ['mixed line ends', head + rest.join('').replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${csv()}`],
    ['gzip', gzipSync(csv())],
    ['a gzip of several members', Buffer.concat([gzipSync(head), gzipSync(rest.join(''))])],
    ['a gzip with an empty member', Buffer.concat([gzipSync(csv()), gzipSync('')])],
    ['every value in quotes', csv([...LINES].map((line) => line.map((value) => `"${value}"`)))],
    [
      'underscored names',
      csv(LINES, ['x', 'bill_billing_period_start_date', 'line_item_line_item_type', ...HEADER.slice(3)]),
    ],
    ['quoted newlines', changed(1, 'lineItem/LineItemDescription', '"two\r\nlines, ""quoted"""')],
    ['a value that begins with #', changed(0, 'identity/LineItemId', '#id1')],
  ])('%s', async (_, bytes) => {
    expect(await read(bytes)).toMatchObject({ lines: 3, total: TOTAL });
  });

  test('mixed line ends are told of', async () => {
    const { notes } = await read(head + rest.join('').replaceAll('\n', '\r\n'));
    expect(notes).toEqual(['its line ends are mixed: 1 LF, 3 CRLF']);
  });
});

describe('what it is instead is said, and what to do', () => {
  const zip = Buffer.concat([Buffer.from('PK\x03\x04'), gzipSync(csv())]);
  const cut = gzipSync(csv());
  test.each<[string, Buffer | string, RegExp]>([
    ['nothing', '', /is empty; --cur wants a Cost and Usage Report/],
    ['blank lines', '\n\n', /nothing but blank lines/],
    ['a ZIP', zip, /is a ZIP archive; unpack it and give the CSV inside/],
    [
      'UTF-16',
      Buffer.from(`\uFEFF${csv()}`, 'utf16le'),
      /is text in UTF-16; convert it: iconv -f UTF-16 -t UTF-8/,
    ],
    ['UTF-16 without a mark', Buffer.from(csv(), 'utf16le'), /is text in UTF-16; .*iconv -f UTF-16LE/],
    [
      'UTF-16, big end first',
      Buffer.from(csv(), 'utf16le').swap16(),
      /is text in UTF-16; .*iconv -f UTF-16BE/,
    ],
    [
      'Latin-1',
      Buffer.from(changed(1, 'lineItem/LineItemDescription', 'Gebühr'), 'latin1'),
      /not UTF-8: line 3 holds the byte 0xfc\..*iconv -f WINDOWS-1252/,
    ],
    ['a zero byte', changed(2, 'identity/LineItemId', 'a\0b'), /zero byte in line 4/],
    ['a gzip that is cut off', cut.subarray(0, cut.length - 12), /a gzip that is cut off/],
    [
      'a damaged gzip',
      Buffer.concat([cut.subarray(0, 30), Buffer.from([0xff, 0xff, 0xff]), cut.subarray(33)]),
      /a damaged gzip/,
    ],
    [
      'text after a gzip',
      Buffer.concat([cut, Buffer.from(csv())]),
      /a damaged gzip|goes on after its gzip ends/,
    ],
    [
      'zeros after a gzip',
      Buffer.concat([cut, Buffer.alloc(512)]),
      /goes on after its gzip ends: 512 of \d+ bytes are no gzip/,
    ],
    ['bzip2', 'BZh91AY', /compressed with bzip2; unpack it/],
    ['Parquet that is cut off', 'PAR1 and half of it', /Parquet file that is cut off/],
    ['Parquet that is damaged', `PAR1${'x'.repeat(60)}PAR1`, /is damaged; copy it again/],
    ['a manifest', '{"reportKeys": []}', /is JSON; a manifest only names the files/],
    ['a page', '<!doctype html>', /is HTML or XML; download the file itself/],
    [
      'FOCUS',
      'BilledCost,ChargePeriodStart,ChargePeriodEnd,EffectiveCost\n1,2,3,4\n',
      /this is a FOCUS export.*export a Cost and Usage Report/,
    ],
    ['semicolons', csv().replaceAll(',', ';'), /not separated by commas/],
    ['some other table', 'a,b\n1,2\n', /no column for line_item_line_item_type.*Got: a, b/],
  ])('%s', async (_, bytes, words) => {
    expect(await refusal(bytes)).toMatch(words);
  });
});

describe('a file that could be read in two ways is refused, with the line', () => {
  const joined =
    csv() +
    csv(
      [row('id4', 1, '7', '2025-12')].map((line) => [...line, 'x']),
      [...HEADER, 'lineItem/TaxType'],
    );
  test.each<[string, string, RegExp]>([
    ['two reports of other widths', joined, /^line 5 of .* is a header again: two reports are joined/],
    ['two reports of one width', csv() + csv(), /^line 5 of .* is a header again/],
    [
      'a title',
      `My report\n${csv()}`,
      /^line 1 of .* \("My report"\) comes before the header, which is in line 2/,
    ],
    ['a title of many columns', `a,b,c,d,e,f,g\n\n${csv()}`, /^line 1 of .* which is in line 3/],
    [
      'a short line',
      csv([LINES[0] ?? [], ['id2', 'x'], LINES[2] ?? []]),
      /^line 3 of .* \(it begins "id2"\) has 2 values, and the header names 7 columns/,
    ],
    [
      'a last line that is cut off',
      csv().slice(0, -12),
      /^line 4 of .* the file ends in the middle of it; copy it again/,
    ],
    [
      'a long line',
      changed(2, 'lineItem/LineItemDescription', 'one, two'),
      /^line 4 of .* has 8 values.*must stand in quotes/,
    ],
    [
      'a quote that is never closed',
      changed(0, 'lineItem/LineItemDescription', '"open'),
      /^line 2 of .* opens a quote that nothing closes/,
    ],
    [
      'text after a quote',
      changed(1, 'lineItem/LineItemDescription', '"closed" and on'),
      /^line 3 of .* goes on after a closing quote/,
    ],
    [
      'a quote in a value',
      changed(1, 'lineItem/LineItemDescription', '19" rack'),
      /^line 3 of .* quote in the middle of a value/,
    ],
    [
      'the lines after quoted newlines are counted',
      changed(0, 'lineItem/LineItemDescription', '"a\nb"').replace('0.000001', 'x'),
      /line_item_unblended_cost "x" in line 5/,
    ],
  ])('%s', async (_, bytes, words) => {
    expect(await refusal(bytes)).toMatch(words);
  });
});

describe('what Commercial-Ops could not keep as it is, is refused, with the line and the value', () => {
  test.each<[string, string, RegExp]>([
    ['a column twice', withColumn('lineItem/UnblendedCost', '9'), /number 6 and 8 in the header, line 1/],
    [
      'its twin',
      withColumn('line_item_unblended_cost', '9'),
      /both mean line_item_unblended_cost; remove one/,
    ],
    [
      'another currency',
      withColumn('lineItem/CurrencyCode', 'USD', 'CNY', 'USD'),
      /"CNY" in line 3 .*give a report in USD alone/,
    ],
    ['only another currency', withColumn('lineItem/CurrencyCode', 'EUR', 'EUR', 'EUR'), /"EUR" in line 2/],
    [
      'a month in local time',
      changed(1, 'bill/BillingPeriodStartDate', '2025-11-01T00:00:00-08:00'),
      /"2025-11-01T00:00:00-08:00" in line 3 .* does not begin a month/,
    ],
    [
      'a month that begins on its second day',
      changed(1, 'bill/BillingPeriodStartDate', '2025-11-02T00:00:00Z'),
      /in line 3 .* does not begin a month/,
    ],
    [
      'a month of the year 9999',
      csv([row('id1', 1, '1', '9999-11')]),
      /in line 2 .* is of no year between 2010 and 2098/,
    ],
    [
      'usage of the next month',
      changed(1, 'lineItem/UsageEndDate', '2025-12-01T00:00:01Z'),
      /"2025-12-01T00:00:01Z" in line 3 .* outside the billing month/,
    ],
    [
      'usage of the month before',
      changed(1, 'lineItem/UsageStartDate', '2025-10-31T23:00:00Z'),
      /"2025-10-31T23:00:00Z" in line 3 .* outside the billing month/,
    ],
    [
      'usage that ends before it starts',
      changed(1, 'lineItem/UsageStartDate', '2025-11-12T00:00:00Z'),
      /in line 3 .* after the end of its usage/,
    ],
    [
      'a day of no month',
      changed(1, 'lineItem/UsageEndDate', '2025-11-31T00:00:00Z'),
      /"2025-11-31T00:00:00Z" in line 3 .* is no time/,
    ],
    ['dollars', changed(1, 'lineItem/UnblendedCost', '$1.25'), /"\$1\.25" in line 3 .* is no number/],
    ['not a number', changed(1, 'lineItem/UnblendedCost', 'NaN'), /"NaN" in line 3 .* is no number/],
    [
      'a footer',
      csv([...LINES, ['Total', '', '', '', '', '3.75', '']]),
      /say no billing period \(the first is line 5\)/,
    ],
    [
      'tags that are no JSON',
      withColumn('resource_tags', '', '{user_tenant_id=TEN-1}'),
      /"\{user_tenant_id=TEN-1\}" in line 3 .* is no JSON object of tags/,
    ],
    [
      'a tag twice',
      withColumn('tags', '', '"{""user:tenant_id"":""TEN-1"",""resourceTags/user:TenantId"":""TEN-2""}"'),
      /line 3 .* several values for resource_tags_user_tenant_id: "TEN-1", "TEN-2"/,
    ],
    [
      'a net cost that is none',
      withColumn('line_item_net_unblended_cost', '1', 'cheap'),
      /line_item_net_unblended_cost "cheap" in line 3/,
    ],
  ])('%s', async (_, bytes, words) => {
    expect(await refusal(bytes)).toMatch(words);
  });

  test.each<[string, string]>([
    ['usage until the month is over', changed(1, 'lineItem/UsageEndDate', '2025-12-01T00:00:00Z')],
    ['usage from its first moment', changed(1, 'lineItem/UsageStartDate', '2025-11-01T00:00:00Z')],
    ['a month in another writing', changed(1, 'bill/BillingPeriodStartDate', '2025-11-01 00:00:00.000')],
    ['the month in another zone', changed(1, 'bill/BillingPeriodStartDate', '2025-10-31T16:00:00-08:00')],
    ['US dollars in small letters', withColumn('lineItem/CurrencyCode', 'usd', '', 'USD')],
    ['a column twice that is not kept', withColumn('lineItem/LineItemDescription', 'x')],
  ])('but not %s', async (_, bytes) => {
    expect(await read(bytes)).toMatchObject({ lines: 3, total: '3.750001' });
  });
});

describe('Parquet', () => {
  const parquet = async (select: string): Promise<string> => {
    const path = join(directory, `${++files}.parquet`);
    await duck.run(`copy (select * replace (cast("bill/BillingPeriodStartDate" as timestamp) as "bill/BillingPeriodStartDate"),
      ${select} from read_csv('${written(csv())}', header = true, all_varchar = true)) to '${path}' (format parquet)`);
    return path;
  };
  const readFrom = (path: string) => readCurExport(duck, path, join(directory, 'read.parquet'));

  test('tags in a map, net costs and principals are read', async () => {
    const path =
      await parquet(`map {'user_tenant_id': 'TEN-' || "identity/LineItemId", 'user_name': 'x'} as resource_tags,
      1.5::decimal(10, 2) as line_item_net_unblended_cost,
      case when "identity/LineItemId" > 'id1' then 'arn:aws:iam::012345678901:role/x' end as line_item_iam_principal`);
    const got = await readFrom(path);
    expect(got).toMatchObject({
      format: 'parquet',
      lines: 3,
      total: '3.750001',
      netTotal: '4.5',
      principals: { lines: 2, distinct: 1 },
    });
    expect(got.mapped).toContainEqual({ ours: 'resource_tags_user_tenant_id', theirs: 'resource_tags' });
    const tenants = await duck.rows(
      `select resource_tags_user_tenant_id as tenant from read_parquet('${join(directory, 'read.parquet')}') order by line`,
    );
    expect(tenants.map(({ tenant }) => tenant)).toEqual(['TEN-id1', 'TEN-id2', 'TEN-id3']);
  });

  test('what could not be kept is refused with its row', async () => {
    const path = await parquet(
      `case when "identity/LineItemId" = 'id2' then 'EUR' else 'USD' end as line_item_currency_code`,
    );
    await expect(readFrom(path)).rejects.toThrow(/"EUR" in line 2 of the report is another currency/);
  });

  test('one that lost its middle is refused', async () => {
    const bytes = readFileSync(await parquet(`repeat(uuid()::varchar, 500) as filler`));
    const middle = Buffer.concat([bytes.subarray(0, 2_000), bytes.subarray(5_000)]);
    expect(await refusal(middle)).toMatch(/is damaged; copy it again/);
  });
});

/** Exact: in units of 10^-18. */
function scaled(decimal: string): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(decimal) ?? [];
  const digits = BigInt(`${whole}${fraction}`);
  const power = 18 - fraction.length + Number(exponent);
  const value = power >= 0 ? digits * 10n ** BigInt(power) : digits / 10n ** BigInt(-power);
  return sign === '-' ? -value : value;
}

function written18(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(19, '0');
  const text = `${digits.slice(0, -18)}.${digits.slice(-18)}`.replace(/\.?0+$/, '');
  return `${value < 0n ? '-' : ''}${text}`;
}

/** What the text says, by another way of reading than the product's; undefined where it is no CSV. */
function whatItSays(text: string): { lines: number; total: bigint } | undefined {
  const token = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|\r|$)/y;
  const records: string[][] = [];
  let record: string[] = [];
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (!found) return undefined;
    const [, value = '', end] = found;
    record.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === ',') continue;
    if (record.length > 1 || value !== '') records.push(record);
    record = [];
  }
  if (record.length > 0) records.push([...record, '']);
  const [header, ...lines] = records;
  const at = header?.findIndex((name) => /^line_?item.unblended_?cost$/i.test(name.trim())) ?? -1;
  if (!header || at < 0 || lines.some(({ length }) => length !== header.length)) return undefined;
  return {
    lines: lines.length,
    total: lines.reduce((sum, line) => sum + scaled((line[at] ?? '').trim()), 0n),
  };
}

const COLUMNS = [
  'identity/LineItemId',
  'bill/BillingPeriodStartDate',
  'lineItem/LineItemType',
  'lineItem/UsageStartDate',
  'lineItem/UsageEndDate',
  'lineItem/UsageAmount',
  'lineItem/UnblendedCost',
  'lineItem/CurrencyCode',
  'resource_tags',
  'note',
] as const;

const cost = fc.oneof(
  fc.tuple(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.integer({ min: 0, max: 18 })).map(([digits, places]) => {
    const text = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
    const point = text.length - places;
    return `${digits < 0n ? '-' : ''}${text.slice(0, point)}${places > 0 ? '.' : ''}${text.slice(point)}`;
  }),
  fc.tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: -15, max: 9 })).map(([n, e]) => `${n}E${e}`),
  fc.constantFrom('0', '0.0', '.5', '5.', '-0', '+1'),
);
const note = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    'a, b',
    'two\nlines',
    'two\r\nlines',
    '19" rack',
    '""',
    '#no comment',
    ' ',
    "it's",
    'é€😀',
    ',',
    '\n',
  ),
);
const line = fc.record({
  day: fc.integer({ min: 1, max: 28 }),
  month: fc.constantFrom('2018-02', '2025-10', '2025-11'),
  cost,
  note,
  tenant: fc.constantFrom('', 'TEN-00123', 'Ü "7"'),
});

/** A good report, and the ways in which it may be written. */
const report = fc.record({
  lines: fc.array(line, { minLength: 1, maxLength: 25 }),
  order: fc.shuffledSubarray([...COLUMNS], { minLength: COLUMNS.length }),
  underscored: fc.boolean(),
  end: fc.constantFrom('\n', '\r\n', '\r'),
  lastEnd: fc.boolean(),
  mark: fc.boolean(),
  allQuoted: fc.boolean(),
  blanks: fc.boolean(),
});
type Written = typeof report extends fc.Arbitrary<infer T> ? T : never;

function textOf({ lines, order, underscored, end, lastEnd, mark, allQuoted, blanks }: Written): string {
  const quoted = (value: string): string =>
    allQuoted || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const records = lines.map(({ day, month, cost, note, tenant }, i) => {
    const start = `${month}-${String(day).padStart(2, '0')}`;
    const values: Record<(typeof COLUMNS)[number], string> = {
      'identity/LineItemId': `id${i}`,
      'bill/BillingPeriodStartDate': `${month}-01T00:00:00Z`,
      'lineItem/LineItemType': 'Usage',
      'lineItem/UsageStartDate': `${start}T05:00:00Z`,
      'lineItem/UsageEndDate': `${start}T06:00:00Z`,
      'lineItem/UsageAmount': '1',
      'lineItem/UnblendedCost': cost,
      'lineItem/CurrencyCode': 'USD',
      resource_tags: tenant === '' ? '' : JSON.stringify({ user_tenant_id: tenant }),
      note,
    };
    return order.map((name) => quoted(values[name])).join(',');
  });
  const names = order.map((name) => (underscored ? athenaName(name) : name)).join(',');
  return `${mark ? '\uFEFF' : ''}${[names, ...records].join(blanks ? end + end : end)}${lastEnd ? end : ''}`;
}

const RUNS = { seed: 20_261_130 };

test('any good report is kept to the last record, digit and tenant', async () => {
  await fc.assert(
    fc.asyncProperty(report, fc.nat(), fc.nat({ max: 3 }), async (good, cutAt, members) => {
      const bytes = Buffer.from(textOf(good));
      const at = cutAt % bytes.length;
      const parts = members === 1 ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at)];
      const got = await read(members === 0 ? bytes : Buffer.concat(parts.map((part) => gzipSync(part))));
      const total = good.lines.reduce((sum, { cost }) => sum + scaled(cost), 0n);
      expect([got.lines, got.total]).toEqual([good.lines.length, written18(total)]);
      const byMonth = Map.groupBy(good.lines, ({ month }) => month);
      expect(got.periods.map(({ period, lines }) => [period, lines])).toEqual(
        [...byMonth].map(([month, lines]) => [month, lines.length]).sort(),
      );
      const [kept] = await duck.rows<{ tenants: string }>(
        `select count(resource_tags_user_tenant_id) as tenants from read_parquet('${join(directory, 'read.parquet')}')`,
      );
      expect(Number(kept?.tenants)).toBe(good.lines.filter(({ tenant }) => tenant !== '').length);
    }),
    { ...RUNS, numRuns: 40 },
  );
});

/** One thing that happens to a file between two machines. */
const corruption = fc.oneof(
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(),
    what: fc.constantFrom('"', ',', '\n', '\r', '\0', '\xff', 'x', '#', ' ', ';', "'"),
  }),
  fc.record({
    kind: fc.constant('replace' as const),
    at: fc.nat(),
    what: fc.constantFrom('"', ',', '\n', '\r', '\0', '\xff', 'x', ' '),
  }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat() }),
);

test('after any single corruption it is kept as it says, or refused: nothing is lost without a word', async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(report, corruption, fc.boolean(), async (good, what, gzipped) => {
      const bytes = Buffer.from(textOf(good));
      const at = what.at % bytes.length;
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      const added = 'what' in what ? Buffer.from(what.what, 'latin1') : Buffer.alloc(0);
      const next = what.kind === 'delete' || what.kind === 'replace' ? after.subarray(1) : after;
      const corrupt = Buffer.concat(
        what.kind === 'cut'
          ? [before]
          : what.kind === 'repeat'
            ? [bytes, bytes.subarray(at)]
            : [before, added, next],
      );
      const file = gzipped ? gzipSync(corrupt) : corrupt;
      const got = await read(file).catch((error: unknown) => error);
      if (got instanceof Error) {
        refused++;
        expect(got).toBeInstanceOf(ReportRefused);
        expect(got.message).toMatch(
          /line \d+|no column for|is empty|nothing but blank|text in UTF|no line of type Usage|no file/,
        );
        return;
      }
      const says = whatItSays(corrupt.toString().replace(/^\uFEFF/, ''));
      const { lines, total } = got as CurExport;
      expect({ lines, total }).toEqual(says && { lines: says.lines, total: written18(says.total) });
    }),
    { ...RUNS, numRuns: 150 },
  );
  // Else the property would hold of a reader that reads everything somehow, or nothing.
  expect(refused).toBeGreaterThan(40);
});

test('a gzip of which any one byte is lost or changed is refused', async () => {
  const packed = gzipSync(csv());
  for (let at = 0; at < packed.length; at += 3) {
    await refusal(Buffer.concat([packed.subarray(0, at), packed.subarray(at + 1)])).catch(
      (error: unknown) => {
        // Its first ten bytes hold a time and a system that say nothing about the contents.
        if (at > 10) throw error;
      },
    );
  }
});
