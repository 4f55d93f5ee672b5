import fc from 'fast-check';
import { normaliseTime } from '../../../lambdas/intake/alarm-events/state-time.ts';

it.each([
  ['2019-02-19T18:34:04.271+0000', '2019-02-19T18:34:04.271Z'],
  ['2019-02-19T18:34:04.271Z', '2019-02-19T18:34:04.271Z'],
  ['2019-02-19T18:34:04Z', '2019-02-19T18:34:04.000Z'],
  ['2019-02-19T18:34:04.271', '2019-02-19T18:34:04.271Z'],
  ['2019-02-19T20:34:04.271+02:00', '2019-02-19T18:34:04.271Z'],
  ['2019-02-19T13:04:04.271-0530', '2019-02-19T18:34:04.271Z'],
  ['2019-02-19T18:34:04.271987654Z', '2019-02-19T18:34:04.271Z'],
  ['2019-02-19T18: 34: 04.271+0000', '2019-02-19T18:34:04.271Z'],
])('%s is %s', (text, iso) => expect(normaliseTime(text)).toBe(iso));

it.each([
  '',
  'yesterday',
  '2019-02-19',
  '2019-13-40T99:99:99Z',
  '1.50785441792E10',
  '2019-02-19T18:34:04 GMT',
  '2026-11-31T06:05:32.006+0000',
  '2026-02-29T06:05:32.006+0000',
  '2019-02-19T24:00:00Z',
  '2019-02-19T18:34:04+25:00',
  '2019-02-19T18:34:60Z',
])('%j is no time of change', (text) => expect(normaliseTime(text)).toBeUndefined());

it('takes the days that there are, of every month and year, and rolls no other over', () => {
  const two = (value: number) => String(value).padStart(2, '0');
  fc.assert(
    fc.property(
      fc.integer({ min: 2010, max: 2100 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      (year, month, day) => {
        const days = [31, year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28, 31, 30, 31, 30];
        days.push(31, 31, 30, 31, 30, 31);
        const exists = day >= 1 && day <= (days[month - 1] ?? 0);
        const text = `${year}-${two(month)}-${two(day)}T18:34:04.271`;
        expect(normaliseTime(`${text}+0000`)).toBe(exists ? `${text}Z` : undefined);
      },
    ),
    { numRuns: 2_000 },
  );
});
