// Node 24 has no Temporal; the polyfill uses Node's own where there is one.
import { Temporal } from 'temporal-polyfill';

/** A day of the operator's calendar: 23 or 25 hours long where clocks change. */
export interface Day {
  /** `2026-11-23`. */
  readonly date: string;
  /** IANA. */
  readonly zone: string;
  /** Its first moment, and the next day's: ISO 8601. */
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

export const dateIn = (zone: string, moment: Date): string => plainDateIn(zone, moment).toString();

/** Earlier when negative. */
export const shiftDate = (date: string, days: number): string => readDate(date).add({ days }).toString();

/** The Monday of its week. */
export const weekBegin = (date: string): string => shiftDate(date, 1 - readDate(date).dayOfWeek);
/** The first of its month. */
export const monthBegin = (date: string): string => `${date.slice(0, 7)}-01`;

export const plainDateIn = (zone: string, moment: Date): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(zone).toPlainDate();

/** Where clocks go forward at midnight, the day begins at one. */
export const beginOf = (date: Temporal.PlainDate, zone: string): Date =>
  new Date(date.toZonedDateTime(zone).epochMilliseconds);

function readDate(date: string): Temporal.PlainDate {
  try {
    const read = Temporal.PlainDate.from(date);
    if (read.toString() === date) return read;
  } catch {
    // Falls through to the error below.
  }
  throw new Error(`there is no date ${JSON.stringify(date)}; wanted one such as "2026-11-23"`);
}

/** `23 Nov 14:05`, by the zone's clocks. */
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
