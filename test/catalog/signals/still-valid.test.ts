import { stillValid, type KeptValue } from '../../../lambdas/catalog/signals/still-valid.ts';

const now = new Date('2026-11-23T15:00:00Z');
const kept = (minutesAgo: number, value = 1, metric = 'slow_one'): KeptValue => ({
  metric,
  value,
  measuredAt: new Date(now.getTime() - minutesAgo * 60_000),
});
const signals = [{ metric: 'slow_one', slow: true }, { metric: 'quick_one' }] as const;
const valid = (values: readonly KeptValue[], slowSeconds = 3_600): string[] => [
  ...stillValid(signals, values, { now, slowSeconds, breaches: (_, value) => value > 2 }).keys(),
];

test.each<[string, KeptValue[], string[]]>([
  ['measured a moment ago', [kept(1)], ['slow_one']],
  ['measured 55 minutes ago', [kept(55)], ['slow_one']],
  ['due by the hour, the schedule being a moment early', [kept(59.5)], []],
  ['due since long', [kept(600)], []],
  ['in breach: each datapoint of its alarm is a measurement of its own', [kept(5, 3)], []],
  ['measured in the future: the clock cannot be trusted', [kept(-5)], []],
  ['not slow', [kept(1, 1, 'quick_one')], []],
  ['not known', [kept(1, 1, 'gone')], []],
  ['nothing kept', [], []],
])('a value that is %s', (_which, values, wanted) => {
  expect(valid(values)).toEqual(wanted);
});

test('at the shortest pace, everything is measured each time', () => {
  expect(valid([kept(0)], 60)).toEqual([]);
});
