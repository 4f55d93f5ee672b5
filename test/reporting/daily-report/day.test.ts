import { tellSeconds } from '../../../lambdas/platform/duration.ts';
import { clockIn, dateIn, dayOf, shiftDate } from '../../../lambdas/reporting/daily-report/day.ts';

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

test('a date that is none is refused', () => {
  expect(() => dayOf('2026-02-30', 'UTC')).toThrow(
    'there is no date "2026-02-30"; wanted one such as "2026-11-23"',
  );
});

test('moments and durations for people', () => {
  expect(dateIn('Asia/Tokyo', new Date('2026-11-23T16:00:00Z'))).toBe('2026-11-24');
  expect(clockIn('Europe/Berlin')('2026-11-23T23:05:00Z')).toBe('24 Nov 00:05');
  expect([0, 59, 60, 3_700, 90_000, 86_400].map(tellSeconds)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '1 h 1 min',
    '1 d 1 h',
    '1 d',
  ]);
});
