import { passes, readFilter } from '../../aws/sns-filter.ts';

const filter = readFilter({ AlarmName: ['a', 'b'], detail: { state: ['ALARM'] } });

test.each<readonly [unknown, boolean]>([
  [{ AlarmName: 'a', detail: { state: 'ALARM' } }, true],
  [{ AlarmName: ['x', 'b'], detail: { state: 'ALARM', other: 1 } }, true],
  [{ AlarmName: 'c', detail: { state: 'ALARM' } }, false],
  [{ AlarmName: 'a', detail: { state: 'OK' } }, false],
  [{ AlarmName: 'a', detail: 'ALARM' }, false],
  [{ AlarmName: 'a' }, false],
  [['a'], false],
  ['a', false],
  [null, false],
])('of %j', (body, through) => {
  expect(passes(filter, JSON.stringify(body))).toBe(through);
});

test('text that is no JSON passes no filter, and everything passes where there is none', () => {
  expect(passes(filter, 'a budget was exceeded')).toBe(false);
  expect(passes(undefined, 'a budget was exceeded')).toBe(true);
});

test.each<readonly [string, unknown, RegExp]>([
  ['no object', 'AlarmName', /must be an object/],
  ['an empty list', { a: [] }, /a is an empty list/],
  ['what is not emulated', { a: [{ prefix: 'x' }] }, /only exact strings are emulated/],
  ['an alternative', { a: { $or: [{ b: ['c'] }] } }, /\$or, which is not emulated/],
  ['six keys', Object.fromEntries([...'abcdef'].map((key) => [key, ['x']])), /6 keys; at most 5/],
  ['151 values', { a: Array.from({ length: 151 }, (_, i) => `v${i}`) }, /too complex: 151/],
  ['76 nested values', { a: { b: Array.from({ length: 76 }, (_, i) => `v${i}`) } }, /too complex: 152/],
])('%s is refused', (_what, policy, why) => {
  expect(() => readFilter(policy)).toThrow(why);
});
