import { allocationVariance } from '../../../lambdas/catalog/playbooks/allocation-variance.ts';
import { chain } from '../../../lambdas/catalog/playbooks/chain.ts';
import { curFreshness } from '../../../lambdas/catalog/playbooks/cur-freshness.ts';
import { reconFailed } from '../../../lambdas/catalog/playbooks/recon-failed.ts';
import { tagCoverageDrop } from '../../../lambdas/catalog/playbooks/tag-coverage-drop.ts';
import { upstreamOf } from '../../../lambdas/catalog/playbooks/chain.ts';
import { differencesOf, type Figures } from '../../../lambdas/catalog/probes/cost-figures.ts';

const now = new Date('2026-11-23T14:00:00Z');
const DAY_MS = 86_400_000;
const fresh = new Date(now.getTime() - DAY_MS);

const of = (
  lines: number,
  usd: string,
  { service = 'AmazonEC2', tenant = 'TEN-1', digest = 'new' } = {},
): Figures => ({
  lines,
  usd,
  newest: fresh,
  loadedAt: fresh,
  digests: [digest],
  services: new Map([[`${service} (Usage)`, { lines, usd }]]),
  tenants: new Map([[tenant, { lines, usd }]]),
});
const SOUND = of(2, '10');
/** A copy in which a line is not as it was delivered. */
const WRONG: Record<string, Figures> = {
  'lacks a line': of(1, '5'),
  'lacks all': { ...of(0, '0'), digests: [], services: new Map(), tenants: new Map() },
  'doubles a line': of(3, '15'),
  'zeroes a line': of(2, '5'),
  'changes a line': of(2, '10.000000000000000001'),
  'moves a line to another service': of(2, '10', { service: 'AmazonS3' }),
  'moves a line to another tenant': of(2, '10', { tenant: 'TEN-2' }),
  'mixes deliveries': { ...SOUND, digests: ['new', 'old'] },
};
const LOGGED = new Map([['new', 2]]);

const delivery = {
  prefix: 's3://cur-bucket/cur-prefix/2026-11/',
  objects: 2,
  bytes: 9,
  newest: null,
  writtenAt: null,
  unreadable: null,
  manifest: true,
  missingCount: 0,
  writing: null,
  id: null,
  missing: [],
  digest: 'new',
};
const held = ({ lines, usd, digests }: Figures) => ({
  lines,
  usd,
  newest: fresh.toISOString(),
  digest: digests.at(-1) ?? null,
});
const monthOf = (period: string, copies: { athena: Figures; ledger: Figures }, change = {}) => ({
  period,
  delivery: { ...delivery, ...change },
  athena: held(copies.athena),
  ledger: held(copies.ledger),
  differences: differencesOf(copies, LOGGED),
  older: null,
});
const copy = { newest: fresh.toISOString(), days: 1, digest: 'new' };
const rest = {
  delivery,
  athena: copy,
  ledger: copy,
  log: { exists: true, lines: 0, last: null, errors: 0, accessDenied: 0, newest: null },
  runs: [],
  permissions: [],
};

const cases = Object.keys(WRONG).flatMap((what) =>
  (['athena', 'ledger'] as const).flatMap((which) =>
    ['2026-10', '2026-11'].map((period) => [which, what, period] as const),
  ),
);

describe.each(cases)('%s %s in %s', (which, what, period) => {
  const copies = { athena: SOUND, ledger: SOUND, [which]: WRONG[what]! };
  const sound = period === '2026-10' ? '2026-11' : '2026-10';
  const months = [monthOf(sound, { athena: SOUND, ledger: SOUND }), monthOf(period, copies)].sort((a, b) =>
    a.period < b.period ? -1 : 1,
  );

  test.each(['2026-10', '2026-11'])(
    'is loaded again by a run on %s, whichever month that is about',
    (target) => {
      for (const state of ['open', 'closing']) {
        const decision = curFreshness.decide(
          { ...rest, period: state, months },
          { target: { period: target }, now },
        );
        expect(decision).toMatchObject({
          kind: 'act',
          // Of two deliveries, or of none, the newest one is not loaded.
          branch: /mixes|all/.test(what) ? 'not-loaded' : 'copies-differ',
          plan: [{ action: 'start-ingestion', params: { period } }],
        });
      }
      expect(
        curFreshness.recovery.check({ ...rest, months }, { target: { period: target }, now }).healthy,
      ).toBe(false);
    },
  );

  test('is a person’s where the month is closed, or its delivery can’t be loaded', () => {
    const context = { target: { period }, now };
    expect(curFreshness.decide({ ...rest, period: 'closed', months: [] }, context)).toMatchObject({
      kind: 'escalate',
      branch: 'closed',
    });
    const unfit = { objects: 0, bytes: 0, manifest: false, digest: null };
    const broken = { missingCount: 1, missing: ['a'] };
    for (const change of [unfit, broken]) {
      const alone = {
        ...rest,
        period: 'open',
        delivery: { ...delivery, ...change },
        months: [monthOf(period, copies, change)],
      };
      expect(curFreshness.decide(alone, context).kind).toBe('escalate');
    }
  });

  test('holds up every playbook that works on the costs of that month, and none of another', () => {
    const cause = (of: typeof months) =>
      curFreshness.asCause!.check({ ...rest, months: of }, { target: { period }, now }).healthy;
    expect(cause(months.filter((month) => month.period === period))).toBe(false);
    expect(cause(months.filter((month) => month.period !== period))).toBe(true);
  });

  test('lets nothing that was worked out from it be called repaired', () => {
    const costs = months.filter((month) => month.period === period);
    const checks = (costs: typeof months) =>
      [
        allocationVariance.recovery.check({ totals: { worstPct: 0 }, costs }, { target: { period }, now }),
        reconFailed.recovery.check(
          { summary: { rows: 9, status: 'ok', at: null, worstPct: 0 }, costs },
          { target: { period }, now },
        ),
        tagCoverageDrop.recovery.check(
          { coverage: { lines: 2, untagged: 0, services: [] }, costs },
          { target: { period }, now },
        ),
      ].map(({ healthy }) => healthy);
    expect(checks([])).toEqual([true, true, true]);
    expect(checks(costs)).toEqual([false, false, false]);
  });
});

test('each playbook that works on costs waits for them', () => {
  const working = [...chain.slice(1).map(({ playbook }) => playbook), 'tag-coverage-drop'];
  for (const playbook of working) expect(upstreamOf(playbook)[0]?.name).toBe('costs');
});
