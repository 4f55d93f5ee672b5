import { AwsError } from '../kernel/service.ts';

/** The first moment after `after` at which a schedule fires; undefined after its last year. */
export type Timetable = (after: Date) => Date | undefined;

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const DAY_MS = 86_400_000;
/** The year field's end (EventBridge Scheduler user guide, "Schedule types"). */
const LAST_YEAR = 2199;

const invalid = (expression: string, why: string): AwsError =>
  new AwsError('ValidationException', `Invalid Schedule Expression ${expression}: ${why}.`);

/**
 * Reads `rate(5 minutes)` and `cron(minute hour day-of-month month day-of-week year)`, in UTC.
 * @param begin a rate fires at its multiples after this moment
 * @throws AwsError for what AWS refuses, and for `at(…)` and the cron signs L, W and #, which are not emulated
 */
export function timetableOf(expression: string, begin: Date): Timetable {
  const [, kind, inside = ''] = /^(rate|cron)\((.*)\)$/.exec(expression.trim()) ?? [];
  if (kind === 'rate') return rate(expression, inside, begin);
  if (kind === 'cron') return cron(expression, inside);
  throw invalid(expression, 'wanted: rate(…) or cron(…); at(…) is not emulated');
}

function rate(expression: string, inside: string, begin: Date): Timetable {
  const [, count = '', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(inside) ?? [];
  const every = Number(count) * (UNIT_MS[unit] ?? NaN);
  if (!(every > 0)) throw invalid(expression, 'wanted: rate(<whole number> minutes|hours|days)');
  return (after) => {
    const passed = Math.max(0, Math.floor((after.getTime() - begin.getTime()) / every));
    return new Date(begin.getTime() + (passed + 1) * every);
  };
}

function cron(expression: string, inside: string): Timetable {
  const fields = inside.trim().split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = fields;
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek || !year || fields.length !== 6)
    throw invalid(
      expression,
      `it has ${fields.length} fields; wanted: minute hour day-of-month month day-of-week year`,
    );
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw invalid(expression, 'exactly one of day-of-month and day-of-week must be ?');
  const read = (text: string, from: number, to: number, names: readonly string[] = [], first = 0) =>
    readField(expression, text, { from, to, names, first });
  const minutes = read(minute, 0, 59);
  const hours = read(hour, 0, 23);
  const days = read(dayOfMonth, 1, 31);
  const months = read(month, 1, 12, MONTHS, 1);
  const weekdays = read(dayOfWeek, 1, 7, DAYS, 1);
  const years = read(year, 1970, LAST_YEAR);
  const isDay = (day: Date): boolean =>
    years.has(day.getUTCFullYear()) &&
    months.has(day.getUTCMonth() + 1) &&
    days.has(day.getUTCDate()) &&
    weekdays.has(day.getUTCDay() + 1);
  const lastYear = Math.max(...years);

  return (after) => {
    const firstMinute = Math.floor(after.getTime() / 60_000) + 1;
    let day = new Date(Math.floor((firstMinute * 60_000) / DAY_MS) * DAY_MS);
    while (day.getUTCFullYear() <= lastYear) {
      const found = isDay(day) && firstIn(day, hours, minutes, firstMinute * 60_000);
      if (found) return found;
      day = new Date(day.getTime() + DAY_MS);
    }
    return undefined;
  };
}

function firstIn(day: Date, hours: Set<number>, minutes: Set<number>, notBefore: number): Date | undefined {
  for (const hour of hours)
    for (const minute of minutes) {
      const moment = day.getTime() + (hour * 60 + minute) * 60_000;
      if (moment >= notBefore) return new Date(moment);
    }
  return undefined;
}

interface Field {
  readonly from: number;
  readonly to: number;
  /** `JAN`, `SUN`…; the first one means `first`. */
  readonly names: readonly string[];
  readonly first: number;
}

/** `*`, `?`, lists, ranges and steps, ascending. */
function readField(expression: string, text: string, field: Field): Set<number> {
  const { from, to } = field;
  const values = new Set<number>();
  for (const part of text.toUpperCase().split(',')) {
    const [, low = '', high, step] =
      /^([A-Z]{3}|\d+|\*|\?)(?:-([A-Z]{3}|\d+))?(?:\/(\d+))?$/.exec(part) ?? [];
    const all = low === '*' || low === '?';
    const start = all ? from : valueOf(low, field);
    const end = high !== undefined ? valueOf(high, field) : all || step !== undefined ? to : start;
    const pace = Number(step ?? 1);
    if (!(start >= from && end <= to && start <= end && pace > 0))
      throw invalid(
        expression,
        `"${part}" is not within ${from} to ${to}, or has a sign (L, W, #) that is not emulated`,
      );
    for (let value = start; value <= end; value += pace) values.add(value);
  }
  return new Set([...values].sort((a, b) => a - b));
}

function valueOf(text: string, { names, first }: Field): number {
  const index = names.indexOf(text);
  return index >= 0 ? index + first : /^\d+$/.test(text) ? Number(text) : NaN;
}
