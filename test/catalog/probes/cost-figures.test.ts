import * as fc from 'fast-check';
import {
  centsUp,
  decimal,
  differencesOf,
  figuresOf,
  strayLines,
  type FigureRow,
} from '../../../lambdas/catalog/probes/cost-figures.ts';

interface Line {
  readonly service: string;
  readonly type: string;
  readonly tenant: string;
  readonly usd: string;
  readonly digest: string;
}

/** What `figuresSql` gives of these lines. */
function rowsOf(lines: readonly Line[]): FigureRow[] {
  const grouped = (by: (line: Line) => Pick<FigureRow, 'tenant_row' | 'service' | 'type' | 'tenant'>) => {
    const groups = Map.groupBy(lines, (line) => JSON.stringify(by(line)));
    return [...groups.values()].map((group): FigureRow => {
      const taggable = group.filter(({ type }) => type === 'Usage');
      const digests = group.map(({ digest }) => digest).sort();
      return {
        period: '2026-11',
        ...by(group[0]!),
        lines: String(group.length),
        usd: decimal(group.map(({ usd }) => usd)),
        taggable: String(taggable.length),
        taggable_usd: decimal(taggable.map(({ usd }) => usd)),
        first_digest: digests[0]!,
        last_digest: digests.at(-1)!,
      };
    });
  };
  return [
    ...grouped(({ service, type }) => ({ tenant_row: '1', service, type, tenant: null })),
    ...grouped(({ tenant }) => ({ tenant_row: '0', service: null, type: null, tenant })),
  ];
}

const figures = (lines: readonly Line[]) => figuresOf(rowsOf(lines), { newest: null, loadedAt: null });
const differ = (athena: readonly Line[], ledger: readonly Line[], logged: number | undefined): boolean =>
  differencesOf(
    { athena: figures(athena), ledger: figures(ledger) },
    new Map(logged === undefined ? [] : [['new', logged]]),
  ).length > 0;

const usd = fc
  .tuple(fc.integer({ min: -99, max: 9_999 }), fc.integer({ min: 1, max: 999_999_999 }))
  .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(18, '0')}`);
const line = fc.record({
  service: fc.constantFrom('AmazonEC2', 'AmazonS3', 'Unattributed'),
  type: fc.constantFrom('Usage', 'Usage', 'Tax', 'Credit'),
  tenant: fc.constantFrom('TEN-1', 'TEN-2', 'TEN-3'),
  usd,
  digest: fc.constant('new'),
});
const month = fc.array(line, { minLength: 1, maxLength: 12 });
const OTHER: Record<string, string> = {
  AmazonEC2: 'AmazonS3',
  AmazonS3: 'Unattributed',
  Unattributed: 'AmazonEC2',
  Usage: 'Tax',
  Tax: 'Credit',
  Credit: 'Usage',
  'TEN-1': 'TEN-2',
  'TEN-2': 'TEN-3',
  'TEN-3': 'TEN-1',
};
const moved =
  (by: 'service' | 'type' | 'tenant') =>
  (line: Line): Line[] => [{ ...line, [by]: OTHER[line[by]] }];

/** What becomes of one line of a copy. */
const KINDS: Record<string, (line: Line) => Line[]> = {
  lost: () => [],
  doubled: (line) => [line, line],
  zeroed: (line) => [{ ...line, usd: '0.000000000000000000' }],
  negated: (line) => [{ ...line, usd: decimal([`-${line.usd}`.replace('--', '')]) }],
  'changed by its last digit': (line) => [{ ...line, usd: decimal([line.usd, '0.000000000000000001']) }],
  'moved to another service': moved('service'),
  'of another type': moved('type'),
  'moved to another tenant': moved('tenant'),
  'no number': (line) => [{ ...line, usd: 'NaN' }],
  'infinitely dear': (line) => [{ ...line, usd: '-Infinity' }],
  'of another delivery': (line) => [
    { ...line, digest: 'old' },
    { ...line, digest: 'new', usd: '0' },
  ],
};

describe.each(Object.keys(KINDS))('a line that is %s', (kind) => {
  const spoil = (lines: readonly Line[], at: number) =>
    lines.flatMap((line, i) => (i === at ? KINDS[kind]!(line) : [line]));

  test.each(['athena', 'ledger', 'both'])('is noticed in %s', (copy) => {
    fc.assert(
      fc.property(month, fc.nat(), (lines, n) => {
        // Tags tell of taggable lines alone; of both copies the log knows the number of lines.
        const at = lines.findIndex(
          (one, i) => i >= n % lines.length && (!/tenant/.test(kind) || one.type === 'Usage'),
        );
        if (at < 0) return;
        const spoilt = spoil(lines, at);
        if (copy === 'both' && [0, lines.length].includes(spoilt.length)) return;
        const [athena, ledger] = [copy === 'ledger' ? lines : spoilt, copy === 'athena' ? lines : spoilt];
        expect(differ(lines, lines, lines.length)).toBe(false);
        expect(differ(athena, ledger, lines.length)).toBe(true);
      }),
    );
  });
});

test('copied tags, and lost ones, are no difference; a line that changed its owner beside them is', () => {
  fc.assert(
    fc.property(month, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (lines, which) => {
      const untagged = lines.map((line, i) =>
        which[i] && line.type === 'Usage' ? { ...line, tenant: '' } : line,
      );
      expect(differ(untagged, lines, lines.length)).toBe(false);
      expect(differ(lines, untagged, lines.length)).toBe(false);
      const free = untagged.filter(({ tenant, type }) => tenant === '' && type === 'Usage').length;
      const owned = lines.filter(({ type }, i) => type === 'Usage' && !which[i]);
      if (free > 0 || owned.length === 0) return;
      expect(
        differ(
          lines,
          lines.map((line) => (line === owned[0] ? { ...line, tenant: OTHER[line.tenant]! } : line)),
          undefined,
        ),
      ).toBe(true);
    }),
  );
});

test.each(['', ' ', '\t', '\u00a0 \n'])('a tag of nothing but blanks (%j) names nobody', (blank) => {
  const line = { service: 'AmazonEC2', type: 'Usage', tenant: 'TEN-1', usd: '1', digest: 'new' };
  const untagged = { ...line, tenant: blank };
  expect(differ([line, untagged], [line, line], 2)).toBe(false);
  expect(differ([line, line], [line, untagged], 2)).toBe(false);
  expect(differ([line, line], [line, { ...line, tenant: `TEN-1${blank}` }], 2)).toBe(false);
  expect(differ([line, line], [line, { ...line, tenant: `TEN-2${blank}` }], 2)).toBe(true);
});

test.each([
  ['2026-6', '2026-06'],
  ['2026-06 ', '2026-06'],
  ['202606', '2026-06'],
  ['2026/6', '2026-06'],
  ['2026-13', 'the newest'],
  ['__HIVE_DEFAULT_PARTITION__', 'the newest'],
  [null, 'the newest'],
])('lines in a partition %j are a fault of %s', (period, month) => {
  const row = (name: string | null, lines: string) => ({ period: name as string, lines, tenant_row: '1' });
  const rows = [row('2026-06', '9'), row(period, '2'), row(period, '3'), row('2026-07', '9')];
  const told = (of: string, isNewest: boolean) => strayLines(rows, of, isNewest);
  const isOf = [told('2026-06', false), told('2026-07', true)].map((one) => one.length > 0);
  expect(isOf).toEqual(month === 'the newest' ? [false, true] : [true, false]);
  expect([...told('2026-06', false), ...told('2026-07', true)][0]).toMatch(
    /^Athena holds 5 lines in a partition “.*”: delete it, no load replaces it$/,
  );
  expect(strayLines(rows.slice(0, 1), '2026-06', true)).toEqual([]);
});

test('engines pad decimals differently, and none is rounded', () => {
  const [athena, ledger] = ['1.500000000000000000', '1.5'].map((usd) => [
    { service: 'AmazonEC2', type: 'Usage', tenant: 'TEN-1', usd, digest: 'new' },
  ]);
  expect(differ(athena!, ledger!, 1)).toBe(false);
  expect(decimal(['0.1', '0.2', '-0.30'])).toBe('0');
  expect(decimal(['99999999999999999999.000000000000000001', '1'])).toBe(
    '100000000000000000000.000000000000000001',
  );
  expect(decimal(['-0.5'])).toBe('-0.5');
  for (const text of ['', 'nan', '1e5', '--1', '.']) expect(() => decimal([text])).toThrow(/no sum of costs/);
});

test.each([
  [[], '0.00'],
  [['0'], '0.00'],
  [['12.34'], '12.34'],
  [['12.340000000001'], '12.35'],
  [['0.001', '0.001'], '0.01'],
  [['0.1', '0.2'], '0.30'],
  [['-1.005'], '-1.00'],
  [['99999999999999999999.99', '0.01'], '100000000000000000000.00'],
])('what %j costs together is %s to the cent, never less', (usd, all) => {
  expect(centsUp(usd)).toBe(all);
});
