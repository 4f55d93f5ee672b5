import { pageOf } from '../../../lambdas/reporting/daily-report/page.ts';
import type { ReportFigures } from '../../../lambdas/reporting/daily-report/figures.ts';
import { gatherFigures } from '../../../lambdas/reporting/daily-report/gather.ts';
import {
  bootBrowser,
  contrastFaults,
  describeInBrowser,
  drawnCharts,
  layoutFaults,
  LOOKS,
  referenceFaults,
} from '../../support/browser.ts';
import { bootLedger } from '../../support/ledger.ts';
import { DAY, everything, NASTY, reportSettings } from './seed.ts';

const settings = reportSettings();
const use = {
  lambda: { invocations: 1_204, gbSeconds: '3120.500', unknown: ['responder-migrate'] },
  athena: undefined,
};

describeInBrowser('the report’s page, in a browser', () => {
  const ledger = bootLedger();
  const browser = bootBrowser();
  let figures: ReportFigures;
  let page: string;
  let emptyPage: string;
  beforeAll(async () => {
    const empty = await gather();
    await everything(ledger);
    figures = await gather();
    page = pageOf(figures, settings);
    emptyPage = pageOf(empty, settings);
  });
  const gather = () =>
    gatherFigures(ledger.responder, { day: DAY, now: new Date('2026-11-24T06:00:00Z'), use, settings });

  test.each(LOOKS)('is readable at $width px, $scheme', async (look) => {
    for (const html of [page, emptyPage]) {
      const shown = await browser.show(html, look);
      // For eyes: SCREENSHOTS=<directory>.
      if (process.env['SCREENSHOTS'])
        await shown.screenshot({
          path: `${process.env['SCREENSHOTS']}/${look.width}-${look.scheme}-${html === page ? 'full' : 'empty'}.png`,
          fullPage: true,
        });
      expect(await layoutFaults(shown)).toEqual([]);
      expect(await contrastFaults(shown)).toEqual([]);
      expect(await referenceFaults(shown)).toEqual([]);
    }
    expect(browser.asked).toEqual([]);
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
    expect(drawn['cost']?.figures.map(({ values }) => values[0] === null)).toEqual([false, false, true]);

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
