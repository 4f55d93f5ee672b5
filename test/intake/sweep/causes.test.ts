import { chooseCauses } from '../../../lambdas/intake/sweep/causes.ts';
import type { WaitedFor } from '../../../lambdas/record/waited-for.ts';
import { alarm } from '../../support/runs.ts';

const at = (time: string): Date => new Date(`2026-11-23T${time}Z`);
const waited: WaitedFor = {
  incident: 'INC-cause',
  playbook: 'cur-freshness',
  target: { period: '2026-10' },
  since: at('15:05:00'),
  atWork: false,
  workedAt: null,
};
const started = (
  change: Partial<WaitedFor> = {},
  { now = at('15:20:00'), off, stands = false }: { now?: Date; off?: string; stands?: boolean } = {},
) =>
  chooseCauses([{ ...waited, ...change }], {
    now,
    ordersOf: () => ({ off, onSince: undefined }),
    standing: stands ? [{ alarm, playbook: 'cur-freshness' }] : [],
  });

test('the playbook of a cause that nobody works on is started for its month', () => {
  expect(started()).toEqual([
    {
      run: expect.stringMatching(/^cur-freshness-upstream-[0-9a-f]{12}$/) as string,
      playbook: 'cur-freshness',
      target: { period: '2026-10' },
      mode: 'live',
      cause: { kind: 'upstream', incident: 'INC-cause', slot: '2026-11-23T15:05:00.000Z' },
    },
  ]);
});

test('the first time in any case: people are called for what it cannot do', () => {
  expect(started({}, { off: 'switched off' })).toHaveLength(1);
  expect(started({}, { stands: true })).toHaveLength(1);
});

test('under one name however often it is swept, and under another in the next hour if that never came on record', () => {
  const id = (time: string) => started({}, { now: at(time) })[0]?.run;
  expect(id('15:20:00')).toBe(id('15:59:00'));
  expect(id('16:00:00')).toBe(id('16:59:00'));
  expect(id('16:00:00')).not.toBe(id('15:59:00'));
});

test.each([
  ['an alarm of its own may still reach its run', { since: at('15:10:01') }, {}],
  ['a run of it is at work', { atWork: true }, {}],
  ['a run of it has ended within the hour', { workedAt: at('14:20:01') }, {}],
  ['it is switched off, and people know', { workedAt: at('13:00:00') }, { off: 'switched off' }],
  ['its own alarm stands, which is checked', { workedAt: at('13:00:00') }, { stands: true }],
])('not while %s', (_why, change, world) => {
  expect(started(change, world)).toEqual([]);
});

test('after an hour it is checked again, for what is new', () => {
  expect(started({ workedAt: at('14:20:00') })).toHaveLength(1);
});
