import { draftPostmortem } from '../../../lambdas/reporting/postmortem/store.ts';
import {
  bootBrowser,
  contrastFaults,
  describeInBrowser,
  layoutFaults,
  LOOKS,
} from '../../support/browser.ts';
import { bootStoredRecord } from '../../support/stored-record.ts';
import { drawnTimeline, referencesAndAnchors } from './in-page.js';
import { draftsOf, pastIncident } from './past-incident.ts';

describeInBrowser('the draft as a page', () => {
  const record = bootStoredRecord();
  const browser = bootBrowser();
  let html: string;
  let beside: string[];
  beforeAll(async () => {
    const { drafting, keysIn, textOf } = draftsOf(record);
    const { prefix } = await draftPostmortem(drafting(await pastIncident(record)));
    html = await textOf(`${prefix}draft.html`);
    beside = keysIn(prefix).map((key) => key.slice(prefix.length));
  });

  test.each(LOOKS)('at $width px, $scheme, nothing overflows and all of it can be read', async (look) => {
    // As long as a run's id can be.
    const long = html.replaceAll('r-one', `allocation-variance-${'x'.repeat(44)}`);
    const page = await browser.show(long, look);
    if (process.env['SCREENSHOTS'])
      await page.screenshot({
        path: `${process.env['SCREENSHOTS']}/postmortem-${look.width}-${look.scheme}.png`,
        fullPage: true,
      });
    expect(await layoutFaults(page)).toEqual([]);
    expect(await contrastFaults(page)).toEqual([]);
  });

  test('asks for nothing, and every reference of it leads somewhere', async () => {
    const page = await browser.show(html, { width: 1_400, scheme: 'light' });
    expect(browser.asked).toEqual([]);
    const { references, anchors } = await page.evaluate(referencesAndAnchors);
    expect(references.length).toBeGreaterThan(30);
    expect(references.filter((to) => ![...anchors, ...beside].includes(to))).toEqual([]);
  });

  test('shows the timeline as it is on record: bars and marks carry the ledger’s moments, and stand where they belong', async () => {
    const page = await browser.show(html, { width: 1_400, scheme: 'light' });
    const chart = await page.evaluate(drawnTimeline);
    const { rows } = await record.ledger.admin.query<{
      from: Date;
      seconds: number;
      place: number;
      part: number;
    }>(
      `select run.opened_at as "from", extract(epoch from ended_at - run.opened_at)::int as seconds,
         (extract(epoch from run.opened_at - e.opened_at) / extract(epoch from e.closed_at - e.opened_at))::float as place,
         (extract(epoch from ended_at - run.opened_at) / extract(epoch from e.closed_at - e.opened_at))::float as part
       from responder.run join responder.episode e using (incident_id) order by run.opened_at`,
    );
    const near = (x: number): unknown => expect.closeTo(x, 2);
    expect(chart.find(({ lane }) => lane === 'Runs')?.bars).toEqual(
      rows.map(({ from, seconds, place, part }) => ({
        from: from.toISOString(),
        seconds,
        place: near(place),
        part: near(part),
      })),
    );
    const people = await record.ledger.admin.query<{ at: Date }>(
      `select coalesce(told_at, due_at) as at from responder.told
       union all select acknowledged_at from responder.episode order by at`,
    );
    expect(chart.find(({ lane }) => lane === 'People')?.marks.toSorted()).toEqual(
      people.rows.map(({ at }) => at.toISOString()),
    );
  });
});
