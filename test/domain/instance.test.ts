import * as fc from 'fast-check';
import { alarmIn, alarmOf, isExisting, type Instance } from '../../lambdas/domain/instance.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';

const DECLARED = playbooks.flatMap(({ alarms }) => alarms.map(({ name }) => name));
const instance = (prefix: string, existing: Record<string, string> = {}): Instance => ({
  prefix,
  alarms: {
    existing: Object.fromEntries(
      Object.entries(existing).map(([name, theirs]) => [name, { existing: theirs }]),
    ),
  },
});

test.each(['responder', 'second'])('each alarm of %s is found by its name in CloudWatch', (prefix) => {
  fc.assert(
    fc.property(fc.subarray(DECLARED), (taken) => {
      const here = instance(prefix, Object.fromEntries(taken.map((name) => [name, `theirs/${name}`])));
      for (const name of DECLARED) {
        expect(alarmOf(here, alarmIn(here, name))).toBe(name);
        expect(isExisting(name, here)).toBe(taken.includes(name));
      }
      // The one that the stack would have made is nobody's now.
      for (const name of taken) expect(alarmOf(here, alarmIn(instance(prefix), name))).toBeUndefined();
    }),
    { numRuns: 20 },
  );
});

test('an alarm of the account may have the very name that ours would have', () => {
  const here = instance('responder', { 'cur-freshness': 'cur-freshness', 'invoice-lag': 'budget-stale' });
  expect(alarmIn(here, 'cur-freshness')).toBe('cur-freshness');
  expect(alarmOf(here, 'cur-freshness')).toBe('cur-freshness');
  // What the configuration says comes before what a name looks like.
  expect(alarmOf(here, 'budget-stale')).toBe('invoice-lag');
});

test('a name of every object is no alarm of the account', () => {
  expect(alarmIn(instance('responder'), 'constructor')).toBe('constructor');
  expect(isExisting('toString', instance('responder'))).toBe(false);
});
