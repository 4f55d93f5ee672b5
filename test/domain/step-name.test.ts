import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readStepName, stepName, stepOf, type Step } from '../../lambdas/domain/step-name.ts';

const HISTORIES = join(import.meta.dirname, '..', 'fixtures', 'histories');
const recorded = readdirSync(HISTORIES).flatMap((file) =>
  (JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')) as { name?: string; type: string }[]).flatMap(
    ({ name, type }) => (name === undefined || type === 'EXECUTION' ? [] : [name]),
  ),
);

test('every step of the golden histories is read, and made again under the same name', () => {
  expect(recorded.length).toBeGreaterThan(40);
  for (const name of new Set(recorded)) {
    const step = readStepName(name);
    expect([name, step && stepName(step)]).toEqual([name, name]);
  }
});

const word = fc.stringMatching(/^[a-z]+(-[a-z]+)*$/).filter((text) => !['late', 'again'].includes(text));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>({ kind: 'diagnose' }),
  fc.record({ kind: fc.constant('guard' as const), slot: word }),
  fc.record({ kind: fc.constantFrom('approval' as const, 'verify' as const), part: word }),
  fc.record({
    kind: fc.constant('notify' as const),
    of: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(':')),
    late: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom(
      'act' as const,
      'settle' as const,
      'reconcile' as const,
      'free' as const,
      'wait' as const,
    ),
    number: fc.integer({ min: 1, max: 99 }),
    action: word,
    again: fc.integer({ min: 0, max: 9 }),
  }),
  fc.record({ kind: fc.constant('record' as const), late: fc.boolean() }),
);

test('whatever is made is read back', () => {
  fc.assert(fc.property(step, (one) => expect(readStepName(stepName(one))).toEqual(one)));
});

test.each([
  '',
  'act',
  'act:1',
  'act:x:scale',
  'act:1:scale:twice',
  'act:1:scale:again-1',
  'act:1:scale:again-x',
  'look-3',
  'diagnose:again',
  'record:soon',
])('%p is no step of a run', (name) => expect(readStepName(name)).toBeUndefined());

test('a step is found by its kind', () => {
  expect(stepOf('act:2:scale-runners:again', 'act')).toMatchObject({ action: 'scale-runners', again: 1 });
  expect(stepOf('act:2:scale-runners:again-2', 'act')).toMatchObject({ again: 2 });
  expect(stepOf('wait:2:scale-runners', 'act', 'reconcile')).toBeUndefined();
});
