import { Cron } from 'croner';
import * as z from 'zod';

/** An IANA time zone: freezes are written down in the operator's own hours. */
export const Zone = z
  .string()
  .refine(isZone, { error: 'an IANA time zone such as "Europe/Berlin" or "UTC"' })
  .describe('time zone that freeze windows are written in');

export const FreezeWindow = z.strictObject({
  name: z.string().min(1).describe('what it is for, told to people'),
  cron: z
    .string()
    .refine(isCron, { error: 'five fields of cron, e.g. "0 22 * * 5" for Fridays at 22:00' })
    .describe('when it begins: minute hour day month weekday'),
  minutes: z.int().min(1).max(44_640).describe('minutes that it lasts'),
});
export type FreezeWindow = z.infer<typeof FreezeWindow>;

export const Freeze = z.strictObject({
  zone: Zone.default('UTC'),
  windows: z.array(FreezeWindow).default([]).describe('windows in which nothing is begun'),
  /** The books are being closed: days of the operator's zone. */
  monthEnd: z
    .strictObject({
      lastDays: z.int().min(0).max(15).default(0).describe('days frozen at the end of a month'),
      firstDays: z.int().min(0).max(15).default(0).describe('days frozen at its beginning'),
    })
    .prefault({}),
});
export type Freeze = z.infer<typeof Freeze>;

/** The freeze that `now` lies in. */
export interface Frozen {
  readonly name: string;
  readonly until: Date;
}

/** The freeze that ends last of those which `now` lies in; undefined outside of all. */
export function frozenAt(freeze: Freeze, now: Date): Frozen | undefined {
  const all = freeze.windows.flatMap((window) => inWindow(window, freeze.zone, now) ?? []);
  const close = inMonthEnd(freeze, now);
  return [...all, ...(close ? [close] : [])].sort((a, b) => b.until.getTime() - a.until.getTime())[0];
}

const MINUTE_MS = 60_000;

/** The last beginning up to `now` ends last: all are of one length. The end itself is outside. */
function inWindow({ name, cron, minutes }: FreezeWindow, timezone: string, now: Date): Frozen | undefined {
  // Croner gives what lies before a moment; what begins at this very one counts, too.
  const [begin] = new Cron(cron, { timezone, paused: true }).previousRuns(1, new Date(now.getTime() + 1));
  const until = begin && new Date(begin.getTime() + minutes * MINUTE_MS);
  return until && until > now ? { name, until } : undefined;
}

function inMonthEnd({ zone, monthEnd: { lastDays, firstDays } }: Freeze, now: Date): Frozen | undefined {
  if (lastDays + firstDays === 0) return undefined;
  const dayOf = daysIn(zone);
  // By days of the calendar: one on which clocks are changed has 23 or 25 hours.
  const isClosing = (moment: Date): boolean => {
    const { day, daysLeft } = dayOf(moment);
    return day <= firstDays || daysLeft < lastDays;
  };
  if (!isClosing(now)) return undefined;
  // Quarter by quarter of an hour: the end is a midnight of the zone, wherever its clocks are changed.
  const quarter = 15 * MINUTE_MS;
  let until = new Date(Math.floor(now.getTime() / quarter) * quarter + quarter);
  while (isClosing(until)) until = new Date(until.getTime() + quarter);
  return { name: 'month-end close', until };
}

/** The day of the month in the zone, and how many come after it. */
function daysIn(timeZone: string): (moment: Date) => { day: number; daysLeft: number } {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  return (moment) => {
    const parts = format.formatToParts(moment);
    const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
    const day = of('day');
    return { day, daysLeft: new Date(Date.UTC(of('year'), of('month'), 0)).getUTCDate() - day };
  };
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function isCron(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 5) return false;
  try {
    return new Cron(text, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}
