import { Temporal } from 'temporal-polyfill';

/** A moment at which `npm start` must come to the same end as at any other. */
export interface Moment {
  readonly at: Date;
  /** What is special about it. */
  readonly why: string;
}

const QUARTERS = ['00', '15', '30', '45'];
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));

const named = (why: string, ...texts: readonly string[]): Moment[] =>
  texts.map((text) => ({ at: new Date(`${text}Z`), why }));

/** The last quarter hour of each month of a leap year: the story goes on into the next month. */
const monthEnds = Array.from({ length: 12 }, (_, month) => {
  const { daysInMonth, monthCode } = new Temporal.PlainYearMonth(2028, month + 1);
  return `2028-${monthCode.slice(1)}-${daysInMonth}T23:45`;
});

/** Clocks change at one moment all over Europe, and at 2 o'clock local time in each zone of the US. */
const CHANGES = [
  { why: 'Berlin to summer time', at: '2027-03-28T01:00' },
  { why: 'Berlin to winter time', at: '2027-10-31T01:00' },
  { why: 'New York to summer time', at: '2027-03-14T07:00' },
  { why: 'New York to winter time', at: '2027-11-07T06:00' },
  { why: 'Los Angeles to summer time', at: '2027-03-14T10:00' },
  { why: 'Los Angeles to winter time', at: '2027-11-07T09:00' },
];

/** A quarter of an hour before the change, so that it comes in the middle of the story; and right after it. */
const clockChanges = CHANGES.flatMap(({ why, at }): Moment[] => {
  const change = new Date(`${at}Z`);
  return [
    { at: new Date(change.getTime() - 15 * 60_000), why },
    { at: change, why },
  ];
});

export const moments: readonly Moment[] = [
  ...named('any day', ...HOURS.flatMap((hour) => QUARTERS.map((minute) => `2026-11-24T${hour}:${minute}`))),
  ...named('month end', ...monthEnds),
  ...named(
    'first days of a month',
    ...['01', '02', '03'].flatMap((day) =>
      ['00:00', '06:45', '23:45'].map((time) => `2027-02-${day}T${time}`),
    ),
  ),
  ...named('leap day', '2028-02-29T00:00', '2028-02-29T06:45', '2028-02-29T12:00'),
  ...named('New Year', '2026-12-31T23:30', '2026-12-31T23:45', '2027-01-01T00:00', '2027-01-01T06:45'),
  ...clockChanges,
];

/** One of each kind, where the most changes in the middle of the story. */
export const few: readonly Moment[] = [
  '2026-11-24T06:45Z',
  '2027-02-01T00:00Z',
  '2028-02-29T23:45Z',
  '2026-12-31T23:45Z',
  '2027-03-28T00:45Z',
  '2027-11-07T05:45Z',
].map((text) => {
  const found = moments.find(({ at }) => at.getTime() === Date.parse(text));
  if (!found) throw new Error(`${text} is none of the moments`);
  return found;
});
