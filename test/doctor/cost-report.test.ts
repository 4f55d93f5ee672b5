import { costReport } from '../../lambdas/doctor/checks/cost-report.ts';
import type { Estate } from '../../lambdas/platform/settings.ts';

/** A bucket with these keys, in pages of two. */
const bucket = (keys: readonly string[]) => ({
  listObjectsV2: async ({ Prefix, ContinuationToken }: { Prefix: string; ContinuationToken?: string }) => {
    const from = Number(ContinuationToken ?? 0);
    const fitting = keys.filter((key) => key.startsWith(Prefix));
    return {
      Contents: fitting.slice(from, from + 2).map((Key) => ({ Key })),
      ...(from + 2 < fitting.length && { NextContinuationToken: String(from + 2) }),
    };
  },
});

const verdictOf = async (layout: Estate['cur']['layout'], keys: readonly string[]) => {
  const cur = { bucket: 'b', prefix: 'p', name: 'costs', layout };
  const [finding] = await costReport.run({
    settings: { estate: { cur } },
    aws: { s3: async () => bucket(keys) },
  } as never);
  return finding?.verdict === 'wrong' ? `wrong: ${finding.remedy}` : finding?.verdict;
};

const LEGACY = [
  'p/costs/20261101-20261201/0a1b/costs-00001.snappy.parquet',
  'p/costs/20261101-20261201/0a1b/costs-Manifest.json',
  'p/costs/20261101-20261201/costs-Manifest.json',
];
const EXPORT = [
  'p/costs/data/BILLING_PERIOD=2026-11/costs-00001.snappy.parquet',
  'p/costs/metadata/BILLING_PERIOD=2026-11/costs-Manifest.json',
];
const FOCUS = [
  'p/costs/data/billing_period=2026-11/costs-00001.snappy.parquet',
  'p/costs/metadata/billing_period=2026-11/costs-Manifest.json',
];
const BY_MONTH = ['p/2026-11/costs-00001.snappy.parquet', 'p/2026-11/costs-Manifest.json'];

test.each([
  ['by-month', BY_MONTH],
  ['cur', LEGACY],
  ['data-export', EXPORT],
  ['data-export', FOCUS],
] as const)('a report of the layout %s is recognised', async (layout, keys) => {
  expect(await verdictOf(layout, keys)).toBe('ok');
});

test.each([
  ['by-month', LEGACY, 'cur'],
  ['by-month', EXPORT, 'data-export'],
  ['cur', EXPORT, 'data-export'],
  ['cur', BY_MONTH, 'by-month'],
  ['data-export', LEGACY, 'cur'],
] as const)('for %s it names the layout in which the report lies: %s', async (layout, keys, other) => {
  expect(await verdictOf(layout, keys)).toBe(`wrong: "layout": "${other}" under estate.cur`);
});

test('files without a manifest are no report', async () => {
  expect(await verdictOf('cur', ['p/costs/20261101-20261201/0a1b/costs-00001.snappy.parquet'])).toMatch(
    /^wrong: compare estate\.cur .*aws s3 ls --recursive s3:\/\/b\/p$/,
  );
});
