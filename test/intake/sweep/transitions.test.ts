import fc from 'fast-check';
import { answersOf, type Swept } from '../../../lambdas/intake/sweep/transitions.ts';
import type { Transition } from '../../../lambdas/record/transitions.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 23, 14, minute));
const change = (minute: number, state: Transition['state'] = 'ALARM', alarm = 'a'): Transition => ({
  alarm,
  state,
  changedAt: at(minute),
});
const run = (minute: number, of: Partial<Swept['runs'][number]> = {}): Swept['runs'][number] => ({
  run: `r${minute}`,
  alarm: 'a',
  changedAt: at(minute),
  cause: 'alarm',
  mode: 'live',
  ...of,
});
const swept = (of: Partial<Swept>): Swept => ({ transitions: [], runs: [], begun: [], skipped: [], ...of });

test.each<[what: string, swept: Partial<Swept>, run: string | null, why: RegExp]>([
  ['OK', { transitions: [change(1, 'OK')] }, null, /^OK: /],
  ['INSUFFICIENT_DATA', { transitions: [change(1, 'INSUFFICIENT_DATA')] }, null, /^INSUFFICIENT_DATA: /],
  ['a run of its message', { transitions: [change(1)], runs: [run(1)] }, 'r1', /^its message started/],
  [
    'a run of the sweep',
    { transitions: [change(1)], runs: [run(1, { cause: 'sweep' })] },
    'r1',
    /the sweep did$/,
  ],
  [
    'a rehearsal of it, and a run',
    { transitions: [change(1)], runs: [run(1, { run: 'dry', mode: 'dry-run' }), run(1)] },
    'r1',
    /^its message/,
  ],
  [
    'a run of the change before, and none of it',
    { transitions: [change(1), change(9, 'OK'), change(10)], runs: [run(1)], skipped: [] },
    null,
    /^it no longer stands/,
  ],
  [
    'a message that was lost, and OK before a sweep',
    { transitions: [change(1), change(9, 'OK')] },
    null,
    /^its message has reached nobody, and it was OK at 23 Nov 2026 14:09/,
  ],
  [
    'a run that this sweep began',
    { transitions: [change(1)], begun: [{ run: 's', alarm: 'a' }] },
    's',
    /sweep did$/,
  ],
  [
    'a sweep that passed over it',
    { transitions: [change(1)], skipped: [{ alarm: 'a', reason: 'a mute rule' }] },
    null,
    /^the sweep passes over it: a mute rule$/,
  ],
  [
    'a sweep that began a run of another alarm',
    { transitions: [change(1)], begun: [{ run: 's', alarm: 'b' }], runs: [run(1, { alarm: 'b' })] },
    null,
    /^it no longer stands/,
  ],
])('%s', (_what, of, id, why) => {
  const answers = answersOf(swept(of));
  const { transitions = [] } = of;
  expect(answers).toHaveLength(transitions.length);
  const asked = _what.startsWith('a run of the change before') ? answers.at(-1) : answers[0];
  expect(asked).toMatchObject({ run: id, why: expect.stringMatching(why) as unknown });
});

test('every transition of any history has one answer: a run of its own, or a reason', () => {
  const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { maxLength: 12 });
  const history = fc.array(
    fc.record({
      minute: fc.integer({ min: 0, max: 59 }),
      alarm: fc.constantFrom('a', 'b'),
      state: fc.constantFrom('OK', 'ALARM', 'INSUFFICIENT_DATA'),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(history, minutes, (changes, began) => {
      const transitions = changes
        .map(({ minute, state, alarm }) => change(minute, state, alarm))
        .sort((a, b) => a.changedAt.getTime() - b.changedAt.getTime());
      const answers = answersOf(swept({ transitions, runs: began.map((minute) => run(minute)) }));
      expect(answers.map(({ alarm, state, changedAt }) => ({ alarm, state, changedAt }))).toEqual(
        transitions,
      );
      for (const answer of answers) {
        expect(answer.why).not.toBe('');
        const own =
          answer.alarm === 'a' && answer.state === 'ALARM' && began.includes(answer.changedAt.getMinutes());
        expect(answer.run).toBe(own ? `r${answer.changedAt.getMinutes()}` : null);
      }
    }),
  );
});
