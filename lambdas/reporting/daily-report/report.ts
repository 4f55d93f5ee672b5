import { createHash } from 'node:crypto';
import { forgetOldRows } from '../../record/evidence.ts';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { ReadTools } from '../../platform/clients.ts';
import type { Log } from '../../platform/log.ts';
import { PayloadError } from '../../platform/payload.ts';
import type { Notify } from '../../notifications/notify.ts';
import type { Settings } from '../../platform/settings.ts';
import { csvOf } from '../csv.ts';
import { cloudUse } from './cloud-use.ts';
import { dateIn, dayOf, shiftDate } from '../../platform/calendar.ts';
import type { ReportFigures } from './figures.ts';
import { gatherFigures } from './gather.ts';
import { monthClose } from './month-close.ts';
import { createReportStore, type ReportStore } from './store.ts';

export interface ReportDependencies {
  readonly settings: Settings;
  readonly pool: () => Ledger;
  readonly tools: ReadTools;
  readonly notify: Notify;
  readonly now: () => Date;
  readonly log: Log;
}

export interface Reported {
  readonly date: string;
  /** Of `report.html` in the S3 console. */
  readonly page: string;
  /** Whether people were notified; not when they already had the same. */
  readonly told: boolean;
}

/** Missing days that a report catches up with, including yesterday. */
const CAUGHT_UP_DAYS = 3;

/**
 * Without a date: reports of the days that have none. With one: that day's report again.
 * @throws when the ledger, S3 or SNS is unavailable; a second try does what is missing
 */
export function createReporter(world: ReportDependencies): (date?: string) => Promise<Reported[]> {
  return async (date) => {
    const store = createReportStore(world.tools, world.settings);
    const yesterday = shiftDate(dateIn(world.settings.limits.freeze.zone, world.now()), -1);
    if (date !== undefined && shiftDate(date, 0) > yesterday)
      throw new PayloadError(`the day ${date} is not over; wanted ${yesterday} or one before it`);
    const reported: Reported[] = [];
    for (const day of date === undefined ? await missingDays(store, yesterday) : [date])
      reported.push(await reportDay(world, store, day));
    const forgotten = await forgetOldRows(world.pool(), world.now(), world.settings.limits.evidenceDays);
    if (forgotten > 0) world.log.info('old evidence has lost its rows in the ledger', { answers: forgotten });
    return reported;
  };
}

/** The days after the last report that was sent; without any, yesterday. */
async function missingDays(store: ReportStore, yesterday: string): Promise<string[]> {
  const missing: string[] = [];
  for (let back = 0; back < CAUGHT_UP_DAYS; back++) {
    const date = shiftDate(yesterday, -back);
    if ((await store.told(date)) !== undefined) return missing;
    missing.unshift(date);
  }
  return (await store.isEmpty()) ? [yesterday] : missing;
}

/**
 * The page is stored first, the text last, with the seal that people were notified. A crash between
 * the two sends the message twice: better than never.
 */
async function reportDay(world: ReportDependencies, store: ReportStore, date: string): Promise<Reported> {
  const { settings, tools, log } = world;
  const day = dayOf(date, settings.limits.freeze.zone);
  const use = await cloudUse(tools, settings, day, log);
  const now = world.now();
  const close = await monthClose(world.pool(), { zone: day.zone, now, log });
  const figures = await gatherFigures(world.pool(), { day, now, use, settings, ...close });
  const [{ pageOf }, { subjectOf, textOf }] = await Promise.all([import('./page.ts'), import('./text.ts')]);
  const seal = sealOf(figures);
  const told = (await store.told(date)) !== seal;
  const page = await store.keepPage(date, pageOf(figures, settings));
  await store.keepFigures(date, {
    json: `${JSON.stringify(figures, null, 2)}\n`,
    csv: csvOf(figures.incidents),
  });
  const text = textOf(figures, { page, settings });
  if (told) {
    for (const topic of [settings.topics.sre, settings.topics.finops])
      await world.notify(topic, { event: 'report', subject: subjectOf(figures), body: text });
  }
  await store.keepText(date, text, seal);
  log.info('a day was reported', { date, page, told });
  return { date, page, told };
}

/** Without the present state, which changes by the minute. */
function sealOf({ now: _now, ...ofTheDay }: ReportFigures): string {
  return createHash('sha256').update(canonicalJson(ofTheDay)).digest('hex');
}
