import { pageOf } from '../../../lambdas/reporting/daily-report/page.ts';
import type { ReportFigures } from '../../../lambdas/reporting/daily-report/figures.ts';
import {
  bootBrowser,
  contrastFaults,
  describeInBrowser,
  drawnCharts,
  layoutFaults,
  LOOKS,
  referenceFaults,
} from '../../support/browser.ts';
import { dayOf } from '../../../lambdas/platform/calendar.ts';
import { bootLedger } from '../../support/ledger.ts';
import { DAY, everything, figuresIn, NASTY, reportSettings, seedRun } from './seed.ts';

const settings = reportSettings();
const use = {
  lambda: { invocations: 1_204, gbSeconds: '3120.500', unknown: ['responder-migrate'] },
  athena: undefined,
};

/** The only place that the page leads to. */
const CONSOLE = 'https://us-east-1.console.aws.amazon.com/s3/buckets/record-bucket?';

describeInBrowser('the report’s page, in a browser', () => {
  const ledger = bootLedger();
  const browser = bootBrowser();
  let figures: ReportFigures;
  let page: string;
  let emptyPage: string;
  let quietPage: string;
  beforeAll(async () => {
    const empty = await gather();
    await seedRun(ledger.responder, {
      run: 'quiet-1',
      playbook: 'budget-stale',
      severity: 'SEV-3',
      at: -6_000,
      end: -5_990,
      usd: '12.50',
      claimed: true,
    });
    quietPage = pageOf(await gather(dayOf('2026-11-19', DAY.zone)), settings);
    await everything(ledger);
    figures = await gather();
    page = pageOf(figures, settings);
    emptyPage = pageOf(empty, settings);
  });
  const gather = (day = DAY) =>
    figuresIn(ledger.responder, { day, now: new Date('2026-11-24T06:00:00Z'), use });

  test.each(LOOKS)('is readable at $width px, $scheme', async (look) => {
    for (const html of [page, emptyPage, quietPage]) {
      const shown = await browser.show(html, look);
      // For eyes: SCREENSHOTS=<directory>.
      if (process.env['SCREENSHOTS'])
        await shown.screenshot({
          path: `${process.env['SCREENSHOTS']}/${look.width}-${look.scheme}-${html === page ? 'full' : html === quietPage ? 'quiet' : 'empty'}.png`,
          fullPage: true,
        });
      expect(await layoutFaults(shown)).toEqual([]);
      expect(await contrastFaults(shown)).toEqual([]);
      const faults = await referenceFaults(shown);
      expect(faults.filter((one) => !one.startsWith(`<a href="${CONSOLE}`))).toEqual([]);
    }
    expect(browser.asked).toEqual([]);
  });

  test('of a quiet day it is short on a phone: what is empty is folded, and so are charts', async () => {
    for (const [html, least] of [
      [emptyPage, 600],
      [quietPage, 800],
    ] as const) {
      const shown = await browser.show(html, { width: 400, scheme: 'light' });
      const { height = Infinity } = (await shown.locator('html').boundingBox()) ?? {};
      expect(height).toBeLessThanOrEqual(2_500);
      expect(height).toBeGreaterThan(least);
    }
  });

  test('opens with the month’s close, then what waits for people, then money', async () => {
    const shown = await browser.show(page, { width: 400, scheme: 'light' });
    const text = await shown.innerText('body');
    const places = [
      'Month-end close of October 2026',
      'What needs you first',
      'Money at risk',
      'Each incident',
    ];
    const found = places.map((one) => text.indexOf(one));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found).not.toContain(-1);
  });

  test('every id is a link to its evidence', async () => {
    const shown = await browser.show(page, { width: 1_400, scheme: 'light' });
    const links = await shown.locator('a').allInnerTexts();
    const outside = (await shown.innerText('body')).match(/\bINC-[\w-]+/g) ?? [];
    expect(outside.length).toBeGreaterThan(10);
    expect(links.filter((one) => one.startsWith('INC-')).length).toBe(outside.length);
    const href = await shown.locator('a', { hasText: 'INC-bad-1' }).first().getAttribute('href');
    expect(href).toBe(`${CONSOLE}region=us-east-1&bucketType=general&prefix=evidence/bad-1/`);
    expect(links).toEqual(expect.arrayContaining(['A-busy-1', 'stop-1']));
  });

  test('draws what the ledger says', async () => {
    const shown = await browser.show(page, { width: 1_400, scheme: 'light' });
    const charts = await drawnCharts(shown);
    expect(charts.map(({ id }) => id)).toEqual([
      'incidents',
      'outcomes',
      'speed',
      'money',
      'cost',
      'operations',
    ]);
    const drawn = Object.fromEntries(charts.map((chart) => [chart.id, chart]));
    for (const { title, says, tableRows, figures: all } of charts) {
      expect([title, says]).not.toContain('');
      expect(tableRows).toBe(all.length);
    }

    const within = `>= '2026-11-22T23:00Z' and %s < '2026-11-23T23:00Z'`;
    const rows = async (sql: string) =>
      (await ledger.admin.query<{ label: string; value: number }>(sql)).rows;
    const outcomes = await rows(
      `select outcome as label, count(*)::int as value from responder.run
       where mode = 'live' and ended_at ${within.replace('%s', 'ended_at')} group by outcome order by outcome`,
    );
    const pairs = (id: string) =>
      (drawn[id]?.figures ?? []).map(({ label, values }) => ({ label, value: values[0] }));
    expect(pairs('outcomes').sort((a, b) => (a.label < b.label ? -1 : 1))).toEqual(outcomes);
    const severities = await rows(
      `select s as label, count(episode)::int as value from unnest(array['SEV-1', 'SEV-2', 'SEV-3', 'SEV-4']) s
       left join responder.episode on severity = s and opened_at ${within.replace('%s', 'opened_at')} group by s order by s`,
    );
    expect(drawn['incidents']?.figures.at(-1)).toEqual({
      label: '11-23',
      values: severities.map(({ value }) => value),
    });
    const [operations] = await rows(
      `select '11-23' as label, sum(operations)::int as value from responder.run where ended_at ${within.replace('%s', 'ended_at')}`,
    );
    expect(pairs('operations').at(-1)).toEqual(operations);
    expect(drawn['speed']?.figures.at(-1)).toEqual({
      label: '11-23',
      values: [(300 + 60) / 2, (20 * 60 + 14 * 60) / 2],
    });
    expect(drawn['money']?.figures[0]).toEqual({ label: 'cur-freshness', values: [1234.5, 1234.5] });
    expect(drawn['cost']?.figures.map(({ values }) => values[0] === null)).toEqual([
      false,
      false,
      true,
      false,
    ]);

    // A bar is as long as its figure.
    for (const { marks } of [drawn['incidents'], drawn['operations']].flatMap((one) => one ?? [])) {
      const [first] = marks;
      for (const { value, height } of marks)
        expect(height / value).toBeCloseTo((first?.height ?? 0) / (first?.value ?? 1), 0);
    }
  });

  test('shows what others wrote as text', async () => {
    const shown = await browser.show(page, { width: 1_400, scheme: 'dark' });
    expect(await shown.locator('img, script').count()).toBe(0);
    expect(await shown.innerText('body')).toContain(NASTY);
  });
});
