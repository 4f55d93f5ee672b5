import * as fc from 'fast-check';
import { clockIn, dateIn, dayOf, shiftDate } from '../../lambdas/platform/calendar.ts';

const hours = (date: string, zone: string): number => {
  const { from, until } = dayOf(date, zone);
  return (Date.parse(until) - Date.parse(from)) / 3_600_000;
};

test.each([
  ['2026-11-23', 'UTC', '2026-11-23T00:00:00.000Z', 24],
  ['2026-11-23', 'Europe/Berlin', '2026-11-22T23:00:00.000Z', 24],
  // Clocks go forward, and back.
  ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z', 23],
  ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00.000Z', 25],
  // A day that begins at one o'clock: clocks go forward at midnight.
  ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00.000Z', 23],
  ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z', 23],
  ['2018-02-17', 'America/Sao_Paulo', '2018-02-17T02:00:00.000Z', 25],
  // Half an hour, forward and back.
  ['2026-10-04', 'Australia/Lord_Howe', '2026-10-03T13:30:00.000Z', 23.5],
  ['2026-04-05', 'Australia/Lord_Howe', '2026-04-04T13:00:00.000Z', 24.5],
  // A day that never was: the zone changed sides of the date line.
  ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', 0],
  ['2027-01-01', 'Asia/Kolkata', '2026-12-31T18:30:00.000Z', 24],
  ['2026-12-31', 'Pacific/Kiritimati', '2026-12-30T10:00:00.000Z', 24],
])('%s in %s begins at %s and has %d hours', (date, zone, from, length) => {
  expect(dayOf(date, zone).from).toBe(from);
  expect(hours(date, zone)).toBe(length);
});

test('days follow on each other without a gap, all through a year', () => {
  for (
    let date = '2026-01-01', until = dayOf(date, 'America/New_York').from;
    date < '2027-01-01';
    date = shiftDate(date, 1)
  ) {
    const day = dayOf(date, 'America/New_York');
    expect(day.from).toBe(until);
    until = day.until;
  }
});

/** Zones whose clocks are changed at midnight, at two, by half an hour, or never. */
const ZONES = [
  'Africa/Cairo',
  'America/Havana',
  'America/New_York',
  'America/Santiago',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'Pacific/Apia',
  'Pacific/Chatham',
  'UTC',
];

test('a day holds the moments that Intl gives its date, and no other', () => {
  const dayNumber = fc.integer({ min: 0, max: 40 * 365 });
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      dayNumber,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (zone, n, part) => {
        const format = new Intl.DateTimeFormat('sv', { timeZone: zone });
        const date = shiftDate('1995-01-01', n);
        const [from, until] = [dayOf(date, zone).from, dayOf(date, zone).until].map(Date.parse) as [
          number,
          number,
        ];
        expect(format.format(from - 1) < date).toBe(true);
        expect(format.format(until) > date).toBe(true);
        if (from === until) return;
        const within = Math.min(from + Math.floor((until - from) * part), until - 1);
        for (const moment of [from, within, until - 1]) {
          expect(format.format(moment)).toBe(date);
          expect(dateIn(zone, new Date(moment))).toBe(date);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a date that is none is refused', () => {
  for (const wrong of ['2026-2-3', '20260203', 'today'])
    expect(() => shiftDate(wrong, 1)).toThrow(`there is no date "${wrong}"`);
  expect(() => dayOf('2026-02-30', 'UTC')).toThrow(
    'there is no date "2026-02-30"; wanted one such as "2026-11-23"',
  );
});

test('moments of a zone for people', () => {
  expect(dateIn('Asia/Tokyo', new Date('2026-11-23T16:00:00Z'))).toBe('2026-11-24');
  expect(clockIn('Europe/Berlin')('2026-11-23T23:05:00Z')).toBe('24 Nov 00:05');
});
