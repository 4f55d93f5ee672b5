import * as words from '../../lambdas/domain/words.ts';

const AT = '2026-11-03T07:15:42.317Z';

test('moments', () => {
  expect(words.moment(AT)).toBe('3 Nov 2026 07:15 UTC');
  expect(words.moment(AT, '2026-11-03T23:59:00Z')).toBe('today 07:15 UTC');
  expect(words.moment(AT, '2026-11-04T00:00:00Z')).toBe('3 Nov 2026 07:15 UTC');
  expect(words.exactMoment(new Date(AT))).toBe('3 Nov 2026 07:15:42 UTC');
  expect([words.day(AT), words.clock(AT)]).toEqual(['3 Nov 2026', '07:15:42']);
});

test('durations', () => {
  expect([0, 0.4, 59, 60, 3_700, 90_000, 86_400, 86_461, -60].map(words.duration)).toEqual([
    '0 seconds',
    '0 seconds',
    '59 seconds',
    '1 minute',
    '1 hour 1 minute',
    '1 day 1 hour',
    '1 day',
    '1 day',
    '1 minute before',
  ]);
  expect(words.between(AT, '2026-11-03T07:15:50Z')).toBe('less than a minute');
  expect(words.between(AT, '2026-11-03T08:15:20Z')).toBe('1 hour');
});

test('figures', () => {
  expect([4.307458946759259, 0.000012345, 12_345.67, 3_350, 0, -1.5].map(words.number)).toEqual([
    '4.307',
    '0.00001235',
    '12,346',
    '3,350',
    '0',
    '-1.5',
  ]);
  expect(
    ['1234.5', '0.0069', '268.46', '-3', '5331.126000', '9007199254740993.25'].map(words.dollars),
  ).toEqual([
    '1,234.50 USD',
    '0.0069 USD',
    '268.46 USD',
    '-3.00 USD',
    '5,331.13 USD',
    '9,007,199,254,740,993.25 USD',
  ]);
  expect(words.percent(104.2)).toBe('104.2 %');
  expect([words.plural(1, 'run'), words.plural(1_200, 'run')]).toEqual(['1 run', '1,200 runs']);
  expect([[], ['a'], ['a', 'b', 'c']].map(words.list)).toEqual(['', 'a', 'a, b and c']);
});

test('a machine’s sentence becomes readable', () => {
  const crossed =
    'Threshold Crossed: 1 out of the last 1 datapoints [4.307458946759259 (23/11/26 14:01:00)] was greater than ' +
    'the threshold (2.0) (minimum 1 datapoint for OK -> ALARM transition).';
  expect(words.readable(`alarm x since ${AT}: ${crossed}`)).toBe(
    'alarm x since 3 Nov 2026 07:15 UTC: 4.307 is above the limit of 2',
  );
  expect(words.readable('[5.0 (1), 7.0 (2)] 0.123456, 1.2.34567, arn:aws:iam::123456789012:user/ada')).toBe(
    '[5.0 (1), 7.0 (2)] 0.1235, 1.2.34567, user/ada',
  );
});
