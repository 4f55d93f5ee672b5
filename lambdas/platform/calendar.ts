// Node 24 has no Temporal of its own; the polyfill uses that of Node once there is one.
import { Temporal } from 'temporal-polyfill';

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

/** @param date `2026-11-23` @throws when there is no such date */
export function dayOf(date: string, zone: string): Day {
  const day = readDate(date);
  return {
    date,
    zone,
    from: beginOf(day, zone).toISOString(),
    until: beginOf(day.add({ days: 1 }), zone).toISOString(),
  };
}

/** The date on the zone's calendars. */
export const dateIn = (zone: string, moment: Date): string => plainDateIn(zone, moment).toString();

/** The date so many days later; earlier when negative. */
export const shiftDate = (date: string, days: number): string => readDate(date).add({ days }).toString();

export const plainDateIn = (zone: string, moment: Date): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(zone).toPlainDate();

/** The first moment of the date: where clocks go forward at midnight, the day begins at one. */
export const beginOf = (date: Temporal.PlainDate, zone: string): Date =>
  new Date(date.toZonedDateTime(zone).epochMilliseconds);

function readDate(date: string): Temporal.PlainDate {
  try {
    const read = Temporal.PlainDate.from(date);
    if (read.toString() === date) return read;
  } catch {
    // Said below.
  }
  throw new Error(`there is no date ${JSON.stringify(date)}; wanted one such as "2026-11-23"`);
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
