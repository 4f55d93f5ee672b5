/** A day of the operator's calendar: 23 or 25 hours long where clocks are changed. */
export interface Day {
  /** `2026-11-23`. */
  readonly date: string;
  /** IANA. */
  readonly zone: string;
  /** Its first moment, and the first of the next day: ISO 8601. */
  readonly from: string;
  readonly until: string;
}

const HOUR_MS = 3_600_000;

/** @param date `2026-11-23` @throws when there is no such date */
export function dayOf(date: string, zone: string): Day {
  return { date, zone, from: beginOf(date, zone), until: beginOf(shiftDate(date, 1), zone) };
}

/** The date on the zone's calendars. */
export const dateIn = (zone: string, moment: Date): string => {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    calendar: 'gregory',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(moment);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')}`;
};

/** The date so many days later; earlier when negative. */
export function shiftDate(date: string, days: number): string {
  const moment = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(moment.getTime()) || moment.toISOString().slice(0, 10) !== date)
    throw new Error(`there is no date ${JSON.stringify(date)}; wanted one such as "2026-11-23"`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}

/** The first moment of the date. It is searched for: where clocks go forward at midnight, the day begins at one. */
function beginOf(date: string, zone: string): string {
  const around = Date.parse(`${shiftDate(date, 0)}T00:00:00Z`);
  let [before, at] = [around - 15 * HOUR_MS, around + 15 * HOUR_MS];
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2);
    if (dateIn(zone, new Date(middle)) >= date) at = middle;
    else before = middle;
  }
  return new Date(at).toISOString();
}

/** `23 Nov 14:05`, as the zone's clocks show it. */
export const clockIn = (zone: string): ((iso: string) => string) => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    calendar: 'gregory',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (iso) => format.format(new Date(iso)).replace(',', '');
};

/** `1 run`, `2 runs`. */
export const plural = (count: number, thing: string, things = `${thing}s`): string =>
  `${count} ${count === 1 ? thing : things}`;
