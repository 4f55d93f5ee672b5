import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { allocationVariance } from '../../../lambdas/catalog/playbooks/allocation-variance.ts';
import { reconFailed } from '../../../lambdas/catalog/playbooks/recon-failed.ts';
import { allocationTotals } from '../../../lambdas/catalog/probes/allocation-totals.ts';
import { budgetAges, STALE_HOURS } from '../../../lambdas/catalog/probes/budgets.ts';
import {
  MISMATCH_COUNT,
  paymentStories,
  storyOf,
  transferOf,
  STORIES,
  Invoice,
} from '../../../lambdas/catalog/probes/payment-stories.ts';
import { reconSummary } from '../../../lambdas/catalog/probes/recon-summary.ts';
import { reconTotals } from '../../../lambdas/catalog/probes/recon-totals.ts';
import { tagGap } from '../../../lambdas/catalog/probes/tag-gap.ts';
import { untaggedResources } from '../../../lambdas/catalog/probes/untagged-resources.ts';
import { signals } from '../../../lambdas/catalog/signals/registry.ts';
import type { ReadTools } from '../../../lambdas/platform/clients.ts';
import { readLedger } from '../../../lambdas/platform/ledger/read.ts';
import { bootLedger } from '../../support/ledger.ts';
import { exampleSettings } from '../../support/settings.ts';

/**
 * Figures are compared as they are, by signal, probe and decision alike; they are rounded for people only. Whole classes
 * of figures: amounts around each limit, references as banks write them, instalments, and what is no value.
 */

const now = new Date('2026-11-23T14:00:00Z');
const ledger = bootLedger({
  each: true,
  holds: `
    insert into tenant_master values ('TEN-00113', 'Birch', 'active', '{}', '2020-01-01');
    insert into period_state values ('2026-10-01', 'closing', null, '2026-11-01'), ('2026-11-01', 'open', null, '2026-11-01')`,
});
const settings = exampleSettings();
const around = () => ({
  now,
  settings,
  tools: { ledger: readLedger(() => ledger.responder) } as unknown as ReadTools,
});
const of = (period: string) => ({ ...around(), target: { period } });

async function measured(metric: string) {
  const signal = signals.find((one) => one.metric === metric);
  if (!signal) throw new Error(`there is no signal ${metric}`);
  return signal.measure(around());
}

let row = 0;
const cost = (service: string, usd: string, more: Readonly<Record<string, string | null>> = {}) => {
  const line = { tenant: 'TEN-00113', plan: 'PLAN-TEAM', resource: null, ...more };
  return ledger.admin.query(
    `insert into fact_cost_raw (source_file, source_row, bill_billing_period_start_date, line_item_line_item_type, product_servicecode,
       line_item_unblended_cost, resource_tags_user_tenant_id, resource_tags_user_plan_id, line_item_resource_id, ingested_at, source_digest)
     values ('f', $1, '2026-11-01Z', 'Usage', $2, $3, $4, $5, $6, '2026-11-02', 'd')`,
    [(row += 1), service, usd, line.tenant, line.plan, line.resource],
  );
};
const allocate = (service: string, usd: string) =>
  ledger.admin.query(
    `insert into fact_cost_allocated (tenant_id, period_start, period_end, service, category, rule_id, allocated_cost_usd, created_at)
     values ('TEN-00113', '2026-11-01', '2026-12-01', $1, 'OTHER', 'ALLOC-DIRECT', $2, '2026-11-02')`,
    [service, usd],
  );

/** Raw and allocated cost of a service, and whether it is off. A step is a billionth of a dollar. */
const COSTS: readonly (readonly [what: string, raw: string, allocated: string, off: boolean])[] = [
  ['half a percent more', '100', '100.5', false],
  ['a step more than that', '99.999999999', '100.5', true],
  ['a step less', '100.000000001', '100.5', false],
  ['half a percent less', '100', '99.5', false],
  ['a step more than that below', '100.000000001', '99.5', true],
  ['a step less below', '99.999999999', '99.5', false],
  ['of a credit', '-100', '-100.5', false],
  ['a step more of a credit', '-99.999999999', '-100.5', true],
  ['what four digits would hide', '100', '100.500001', true],
  ['two millionths of a dollar on costs that credits cancel', '0.000002', '0', false],
  ['a cent on almost nothing', '0.000002', '0.010002', false],
  ['more than a cent on almost nothing', '0.000002', '0.010003', true],
  ['a cent out of nothing', '0', '0.01', false],
  ['more than a cent out of nothing', '0', '0.010001', true],
  ['nothing of nothing', '0', '0', false],
  ['a cent that was lost', '0.01', '0', false],
  ['a cent and a step that was lost', '0.010000001', '0', true],
  ['no number that was charged', 'NaN', '1', true],
  ['without an end that was charged', 'Infinity', '1', true],
  ['no number that was allocated', '1', 'NaN', true],
  ['no number on both sides', 'NaN', 'NaN', true],
];

test('signal, probe and recovery give the same answer around every limit of the allocation', async () => {
  for (const [i, [, raw, allocated]] of COSTS.entries()) {
    await cost(`S${i}`, raw);
    await allocate(`S${i}`, allocated);
  }
  const bySignal = new Map(
    (await measured('allocation_variance_pct')).map(({ value, dimensions }) => [
      dimensions['Service'],
      value,
    ]),
  );
  const { value: totals } = await allocationTotals.run(of('2026-11'));
  for (const [i, [what, , , off]] of COSTS.entries()) {
    const found = totals.affected.some(({ service }) => service === `S${i}`);
    expect([what, (bySignal.get(`S${i}`) ?? 0) > 0.5, found]).toEqual([what, off, off]);
  }
});

test.each(COSTS)('alone, %s: allocation and reconciliation agree', async (_what, raw, allocated, off) => {
  await cost('AmazonEC2', raw);
  await allocate('AmazonEC2', allocated);
  const { value: totals } = await allocationTotals.run(of('2026-11'));
  const { value: today } = await reconTotals.run(of('2026-11'));
  const context = { target: { period: '2026-11' }, now };
  expect({
    recovered: allocationVariance.recovery.check({ totals, costs: [] }, context).healthy,
    reconciles: (today.worstPct ?? 0) <= 0.5 && (today.allocationPct ?? 0) <= 0.5,
  }).toEqual({ recovered: !off, reconciles: !off });
});

test.each<[what: string, aws: string, allocated: string, pct: string | null, off: boolean]>([
  ['half a percent', '1000000', '1005000', '0.5', false],
  ['a millionth of a dollar more, and six digits recorded', '1000000', '1005000.000001', '0.5', true],
  ['a millionth less', '1000000', '1004999.999999', '0.5', false],
  ['below, a millionth more', '1000000', '994999.999999', '-0.5', true],
  ['a cent of almost nothing', '0.000002', '0.010002', '0', false],
  ['more than a cent of almost nothing', '0.000002', '0.010003', '500050', true],
  ['nothing of nothing', '0', '0', null, false],
  ['something of nothing', '0', '1', null, true],
  ['more on record than in the totals', '100', '100', '0.500001', true],
  ['no number on record', '100', '100', 'NaN', false],
  ['no number on record, and more in the totals', '100', '100.500001', 'NaN', true],
  ['no number in the totals', '100', 'NaN', '0', true],
])('a reconciliation that is off by %s', async (_what, aws, allocated, pct, off) => {
  await ledger.admin.query(
    `insert into recon_summary values ('RECON-2026-10', null, '2026-10-01', '2026-11-01', $1, $2, null, 0, $2::numeric - $1::numeric, $3, 'ok', '2026-11-20')`,
    [aws, allocated, pct],
  );
  await ledger.admin.query(
    `insert into fact_cost_allocated (tenant_id, period_start, period_end, service, category, rule_id, allocated_cost_usd, created_at)
     values ('TEN-00113', '2026-10-01', '2026-11-01', 'AmazonEC2', 'OTHER', 'ALLOC-DIRECT', $1, '2026-11-02')`,
    [allocated],
  );
  const { value: summary } = await reconSummary.run(of('2026-10'));
  const [signal] = await measured('recon_variance_pct');
  const context = { target: { period: '2026-10' }, now };
  expect({
    signal: (signal?.value ?? 0) > 0.5,
    probe: (summary.worstPct ?? 0) > 0.5,
    recovered: reconFailed.recovery.check({ summary, costs: [] }, context).healthy,
  }).toEqual({ signal: off, probe: off, recovered: !off });
});

test.each<
  [what: string, state: string, status: string, today: string, off: { signal: boolean; probe: boolean }]
>([
  ['as it was', 'closing', 'ok', '100', { signal: false, probe: false }],
  ['half a percent more', 'closing', 'ok', '100.5', { signal: false, probe: false }],
  ['more than that', 'closing', 'ok', '100.500001', { signal: true, probe: true }],
  ['less than that', 'open', 'ok', '99.499999', { signal: true, probe: true }],
  ['gone', 'closing', 'ok', '0', { signal: true, probe: true }],
  // Nobody can reconcile it again; but no invoice rests on it.
  ['more, of a closed month', 'closed', 'ok', '101', { signal: false, probe: true }],
  ['more, and a person has judged it', 'closing', 'resolved', '101', { signal: false, probe: false }],
  ['more, and it is not final', 'open', 'provisional', '101', { signal: false, probe: false }],
])(
  'an allocation since its reconciliation: %s, in a month that is %s (%s)',
  async (_what, state, status, today, off) => {
    await ledger.admin.query(`update period_state set state = $1 where period_start = '2026-11-01'`, [state]);
    await allocate('AmazonEC2', today);
    for (const service of [null, 'AmazonEC2'])
      await ledger.admin.query(
        `insert into recon_summary values ('RECON-2026-11', $1, '2026-11-01', '2026-12-01', 100, 100, null, 0, 0, 0, $2, '2026-11-20')`,
        [service, status],
      );
    const { value: summary } = await reconSummary.run(of('2026-11'));
    const signals = await measured('recon_variance_pct');
    const context = { target: { period: '2026-11' }, now };
    expect({
      signal: signals.some(({ value }) => value > 0.5),
      probe: (summary.worstPct ?? 0) > 0.5,
      recovered: reconFailed.recovery.check({ summary, costs: [] }, context).healthy,
      lets: reconFailed.asCause!.check({ summary }, context).healthy,
    }).toEqual({ ...off, recovered: !off.probe, lets: !off.probe });
  },
);

test('a tag of blanks is no tag, for signal and probes alike', async () => {
  const blanks = [null, '', ' ', '\t \n', '\u00a0'];
  await ledger.admin.query(
    `insert into plan_master values ('PLAN-TEAM', 'team', 1, 'USD', 1, 1, '2020-01-01');
     insert into resource_inventory values ('i-1', 'TEN-00113', 'PLAN-TEAM', '{}', false)`,
  );
  for (const blank of blanks) {
    await cost('AmazonEC2', '1', { tenant: blank, resource: 'i-1' });
    await cost('AmazonEC2', '1', { plan: blank, resource: 'i-1' });
    await cost('AmazonEC2', '1', { plan: blank, resource: blank });
  }
  await cost('AmazonEC2', '1', { resource: 'i-1' });
  const lines = 3 * blanks.length;
  expect((await measured('tag_coverage_pct'))[0]?.value).toBeCloseTo(100 / (lines + 1), 12);
  expect((await tagGap.run(of('2026-11'))).value).toEqual({
    taggable: lines + 1,
    untagged: lines,
    fromInventory: 2 * blanks.length,
  });
  expect((await untaggedResources.run(of('2026-11'))).value).toEqual([
    { standing: 'known', lines: 2 * blanks.length, resources: 1, ids: ['i-1'] },
    { standing: 'nameless', lines: blanks.length, resources: 0, ids: [] },
  ]);
});

test('a budget without a moment was never refreshed, and hides behind no fresh one', async () => {
  const budget = (id: string, at: string | null) =>
    ledger.admin.query(
      `insert into budget_master values ($1, 'platform', null, 'cost', '2026-11', 1, 1, '{}', 'ok', $2)`,
      [id, at],
    );
  await budget('exactly', '2026-11-22T14:00:00Z');
  const ages = async () => [
    (await measured('budget_age_hours'))[0]?.value,
    (await budgetAges.run({ ...around(), target: {} })).value,
  ];
  expect(await ages()).toEqual([
    STALE_HOURS,
    expect.objectContaining({ stale: 0, oldestHours: STALE_HOURS }),
  ]);
  await budget('a moment longer', '2026-11-22T13:59:59.999Z');
  const [signal, probe] = await ages();
  expect(signal).toBeGreaterThan(STALE_HOURS);
  expect(probe).toMatchObject({ stale: 1, ids: ['a moment longer'] });
  for (const never of [null, '-infinity', 'infinity', '2126-11-23', '2026-11-23T15:00:01Z']) {
    await budget(`never ${never}`, never);
    const [signal, probe] = await ages();
    expect(signal).toBe(22 * 24 + 14);
    expect(probe).toMatchObject({ oldestHours: 22 * 24 + 14 });
    expect((probe as { ids: string[] }).ids).toContain(`never ${never}`);
  }
});

/** As banks pass references on: other case, other blanks, other forms of the same letters. */
const BLANKS = [' ', '  ', '\t', '\n', '\u00a0', '\u2003', '\u200b', '\ufeff'];
const written = (reference: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.record({
        upper: fc.boolean(),
        wide: fc.boolean(),
        blank: fc.constantFrom('', '', '', ...BLANKS),
      }),
      { minLength: reference.length + 1, maxLength: reference.length + 1 },
    )
    .map((drifts) =>
      [...reference, '']
        .map((letter, i) => {
          const { upper = false, wide = false, blank = '' } = drifts[i] ?? {};
          const cased = upper ? letter.toUpperCase() : letter.toLowerCase();
          const code = cased.codePointAt(0) ?? 0;
          const form = wide && code > 0x20 && code < 0x7f ? String.fromCodePoint(code + 0xfee0) : cased;
          return blank + form;
        })
        .join(''),
    );
const reference = fc.stringMatching(/^[a-z0-9/-]{3,16}$/);

test('a reference is the same however it is written, and another one is another', async () => {
  const pairs = fc.sample(
    reference.chain((one) => fc.tuple(fc.constant(one), written(one), written(one))),
    300,
  );
  const { rows } = await ledger.admin.query<{ plain: string; same: boolean; other: boolean; none: boolean }>(
    `select plain, ${transferOf('a')} = ${transferOf('b')} as same, ${transferOf(`a || '1'`)} = ${transferOf('b')} as other
     from unnest($1::text[], $2::text[], $3::text[]) as written (plain, a, b)`,
    [pairs.map(([plain]) => plain), pairs.map(([, a]) => a), pairs.map(([, , b]) => b)],
  );
  expect(rows).toHaveLength(300);
  for (const one of rows) expect(one).toEqual({ plain: one.plain, same: true, other: false });
  const { rows: blank } = await ledger.admin.query(
    `select from unnest($1::text[]) as written (a) where ${transferOf('a')} is not null`,
    [[...BLANKS, '', null]],
  );
  expect(blank).toHaveLength(0);
});

interface Bill {
  readonly total: string;
  readonly status?: 'open' | 'issued' | 'paid' | 'void';
  /** Amount and reference of each confirmed payment. */
  readonly paid: readonly (readonly [amount: string, reference: string | null])[];
}

/** The story of each, as the probe tells it; undefined: it is no mismatch. */
async function storiesOf(bills: readonly Bill[]): Promise<(string | undefined)[]> {
  const months = bills.map((_bill, i) => `make_date(${1900 + Math.floor(i / 12)}, ${1 + (i % 12)}, 1)`);
  await ledger.admin.query('truncate payment_txn, invoice_detail, invoice_header');
  for (const [i, { total, status = 'issued', paid }] of bills.entries()) {
    await ledger.admin.query(
      `insert into invoice_header values ($1, 'TEN-00113', ${months[i] ?? ''}, ${months[i] ?? ''} + 28, $2, $3, 0, $3, '2026-11-01', null)`,
      [`INV-${i}`, status, total],
    );
    for (const [n, [amount, ref]] of paid.entries())
      await ledger.admin.query(
        `insert into payment_txn values ($1, $2, 'bank_transfer', $3, $4, 'confirmed', '2026-11-02')`,
        [`P-${i}-${n}`, `INV-${i}`, amount, ref],
      );
  }
  const stories = [];
  for (const i of bills.keys()) {
    const { rows } = await ledger.responder.query<Record<string, unknown>>(STORIES, [`INV-${i}`]);
    stories.push(rows[0] && storyOf(Invoice.parse(rows[0])));
  }
  // The alarm counts exactly what the probe lists.
  const { rows } = await ledger.responder.query<{ value: string }>(MISMATCH_COUNT, [null]);
  const { value } = await paymentStories.run({ ...around(), target: {} });
  const mismatches = stories.filter((story) => story !== undefined).length;
  expect([Number(rows[0]?.value), value.count]).toEqual([mismatches, mismatches]);
  return stories;
}

const usd = (millionths: number): string => (millionths / 1e6).toFixed(6);
/** A total in whole cents, in parts of whole cents. */
const instalments = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 5 });

test('instalments that add up settle, and nothing that is off by the least amount does', async () => {
  const cases = fc.sample(
    fc.tuple(
      instalments,
      fc.constantFrom('exact', 'exact', 'short', 'over', 'half a cent short', 'drifts', 'no reference'),
      written('bank-ref/7'),
    ),
    120,
  );
  const bills = cases.map(([parts, how, drifted], i): Bill => {
    const off = how === 'short' ? -1 : how === 'over' ? 1 : how === 'half a cent short' ? -5_000 : 0;
    const paid = parts.map(
      (cents, n) => [usd(cents * 10_000 + (n === 0 ? off : 0)), `R-${i}-${n}`] as [string, string | null],
    );
    const first = paid[0] ?? ['0', ''];
    // Of two equal halves one names no transfer: nobody knows whether it is the other one.
    if (how === 'no reference') paid.push([first[0], i % 2 === 0 ? null : ' ']);
    if (how === 'drifts') first[1] = `bank-ref/7 ${i}`;
    if (how === 'drifts') paid.push(['0.01', `${drifted}\u00a0${i}`]);
    const total = parts.reduce((sum, cents) => sum + cents, 0) * 10_000;
    const more = how === 'no reference' ? Math.round(Number(first[0]) * 1e6) : how === 'drifts' ? 10_000 : 0;
    return { total: usd(total + more), paid };
  });
  const stories = await storiesOf(bills);
  const wanted = { short: /^(partial|duplicate)$/, over: /^(over|duplicate)$/, exact: /^exact$/ };
  for (const [i, [, how]] of cases.entries()) {
    const like =
      how === 'exact' || how === 'short' || how === 'over'
        ? wanted[how]
        : how === 'half a cent short'
          ? wanted.short
          : /^duplicate$/;
    expect([how, bills[i], stories[i]]).toEqual([how, bills[i], expect.stringMatching(like)]);
  }
});

test('one transfer never settles two invoices, whichever way its reference is written', async () => {
  const cases = fc.sample(
    reference.chain((one) => fc.tuple(written(one), written(one), fc.boolean())),
    40,
  );
  const bills = cases.flatMap(([first, second, isPaid], i): Bill[] => [
    { total: '10', status: isPaid ? 'paid' : 'issued', paid: [['10', `${first}${i}`]] },
    { total: '10', paid: [['10', `${second} ${i}`]] },
  ]);
  const stories = await storiesOf(bills.slice(0, 50));
  for (const [i, story] of stories.entries())
    expect([bills[i], story]).toEqual([bills[i], bills[i]?.status === 'paid' ? undefined : 'duplicate']);
});

test.each<[what: string, bill: Bill, story: string | undefined]>([
  ['nothing owed, and 0 confirmed', { total: '0', paid: [['0', 'R']] }, 'exact'],
  ['less than half a cent owed, and 0 confirmed', { total: '0.004', paid: [['0', 'R']] }, 'exact'],
  ['nothing owed, and nobody paid', { total: '0', paid: [] }, undefined],
  ['nothing owed, and a cent came', { total: '0', paid: [['0.01', 'R']] }, 'over'],
  ['nothing owed, and it is paid', { total: '0', status: 'paid', paid: [] }, undefined],
  ['something owed, and 0 confirmed', { total: '10', paid: [['0', 'R']] }, undefined],
  ['void, and 0 confirmed', { total: '0', status: 'void', paid: [['0', 'R']] }, undefined],
  ['the total is rounded once', { total: '10.005', paid: [['10.01', 'R']] }, 'exact'],
  ['the sum is not', { total: '10.01', paid: [['10.005', 'R']] }, 'partial'],
  [
    'parts are added up before anything else',
    {
      total: '10.01',
      paid: [
        ['5.005', 'R'],
        ['5.005', 'S'],
      ],
    },
    'exact',
  ],
  ['a total that is no number', { total: 'NaN', paid: [['10', 'R']] }, 'over'],
  ['a payment that is no number', { total: '10', paid: [['NaN', 'R']] }, 'over'],
  ['neither is a number', { total: 'NaN', paid: [['NaN', 'R']] }, 'over'],
  ['neither is a number, and it is paid', { total: 'NaN', status: 'paid', paid: [['NaN', 'R']] }, undefined],
  [
    'an amount as long as a column holds',
    { total: '999999999999.99', paid: [['999999999999.99', 'R']] },
    'exact',
  ],
  ['less than nothing owed, and nobody paid', { total: '-5', paid: [] }, undefined],
  ['less than nothing owed, and paid back', { total: '-5', paid: [['-5', 'R']] }, 'refunded'],
  [
    'called paid, and half a cent short',
    { total: '10.01', status: 'paid', paid: [['10.005', 'R']] },
    'partial',
  ],
])('%s', async (_what, bill, story) => {
  expect(await storiesOf([bill])).toEqual([story]);
});

test('an invoice of a month that is none costs no other its story', async () => {
  await storiesOf([{ total: '10', paid: [['10', 'R']] }]);
  await ledger.admin.query(
    `insert into invoice_header values ('INV-X', 'TEN-00113', '20261-11-01', '20261-12-01', 'issued', 10, 0, 10, '2026-11-01', null);
     insert into payment_txn values ('P-X', 'INV-X', 'bank_transfer', 10, 'X', 'confirmed', '2026-11-02')`,
  );
  const { value } = await paymentStories.run({ ...around(), target: {} });
  expect(value.invoices.map((one) => [one.period, storyOf(one)])).toEqual([
    ['1900-01', 'exact'],
    ['20261-11', 'exact'],
  ]);
});

/** Rounding that is no comparison: what is billed, and what people read. */
const ROUNDED = {
  'actions/invoice-impacts.ts': [
    'round(base_price_usd * proration_factor, 2)',
    'round(sum(allocated_cost_usd), 2)',
    'round($6::numeric, 2)',
  ],
  'actions/top-up-sql.ts': ['round($5::numeric / $3::numeric, 6)', 'round($5::numeric, 2)'],
  'probes/payment-stories.ts': ['round(total_usd, 2)'],
  'probes/tag-coverage.ts': [
    'ROUND(100.0 * COUNT(*) FILTER (WHERE resource_tags_user_tenant_id IS NOT NULL) / COUNT(*), 2)',
  ],
};

test('no figure is rounded before it is compared', () => {
  const root = join(import.meta.dirname, '../../../lambdas/catalog');
  const files = ['probes', 'signals', 'actions'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((file) => `${folder}/${file}`),
  );
  const rounded = files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const found = text.match(
      /(?<![.\w])(?:round|trunc|ceil|floor)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/gi,
    );
    return found ? [[file, found] as const] : [];
  });
  expect(Object.fromEntries(rounded)).toEqual(ROUNDED);
});
