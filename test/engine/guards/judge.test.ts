import { guards } from '../../../lambdas/engine/guards/all.ts';
import type { Guard } from '../../../lambdas/engine/guards/definition.ts';
import type { Slot } from '../../../lambdas/domain/guard-answer.ts';
import { ungathered, type Facts } from '../../../lambdas/engine/guards/facts.ts';
import { judge, refusal } from '../../../lambdas/engine/guards/judge.ts';
import { alarmCause, facts, lacking, limitsWith, NOW, standing } from '../../support/facts.ts';
import { having } from '../../../emulator/test/support/matching.ts';

const SLOTS: readonly Slot[] = ['before-diagnosing', 'before-asking', 'before-acting', 'before-sending'];

/** The facts that each guard goes by; freeze has a clock and a calendar, which are always there. */
const NEEDS: Readonly<Record<string, keyof Facts>> = {
  upstream: 'upstream',
  'open-run': 'otherRun',
  'kill-switch': 'standing',
  'muted-alarm': 'alarm',
  'stale-alarm': 'alarm',
  'period-open': 'periods',
  trust: 'standing',
  recurrence: 'standing',
  breaker: 'standing',
  cooldown: 'standing',
  budget: 'standing',
  'blast-radius': 'effect',
  approval: 'approval',
  lock: 'conflicts',
};

// `freeze` goes by the clock alone, `order` by nothing unless a command is claimed: `orders.test.ts`.
test('every guard is told a fact that it goes by', () => {
  expect(Object.keys(NEEDS).concat('freeze', 'order').sort()).toEqual(guards.map(({ name }) => name).sort());
});

const named = (name: string): Guard => {
  const guard = guards.find((one) => one.name === name);
  if (!guard) throw new Error(`there is no guard ${name}; wanted one of all.ts`);
  return guard;
};

describe.each(Object.entries(NEEDS))('%s', (name, fact) => {
  const { slots } = named(name);

  test.each(slots)(
    `refuses %s when ${fact} could not be gathered, and the others are still asked`,
    (slot) => {
      const answers = judge(slot, facts({ [fact]: lacking }));
      expect(answers.find(({ guard }) => guard === name)).toEqual({
        slot,
        guard: name,
        stops: named(name).stops,
        checkedAt: NOW,
        answer: 'refuse',
        figures: 'could not be evaluated: nobody answers',
      });
      const needless = answers.filter(({ guard }) => NEEDS[guard] !== fact);
      expect(needless.map(({ answer }) => answer)).toEqual(needless.map(() => 'allow'));
    },
  );

  test('refuses where its fact is not gathered at all', () => {
    expect(judge(slots[0] ?? 'before-acting', facts({ [fact]: ungathered('it') }), [named(name)])).toEqual([
      having({ answer: 'refuse', figures: 'could not be evaluated: it is not gathered in this slot' }),
    ]);
  });
});

test.each<[Slot, string[]]>([
  [
    'before-diagnosing',
    [
      'order',
      'upstream',
      'open-run',
      'kill-switch',
      'muted-alarm',
      'stale-alarm',
      'freeze',
      'trust',
      'recurrence',
      'breaker',
      'cooldown',
      'budget',
    ],
  ],
  [
    'before-asking',
    [
      'kill-switch',
      'muted-alarm',
      'stale-alarm',
      'period-open',
      'freeze',
      'trust',
      'recurrence',
      'breaker',
      'cooldown',
      'budget',
      'blast-radius',
    ],
  ],
  [
    'before-acting',
    [
      'kill-switch',
      'muted-alarm',
      'stale-alarm',
      'period-open',
      'freeze',
      'trust',
      'recurrence',
      'breaker',
      'lock',
      'cooldown',
      'budget',
      'blast-radius',
      'approval',
    ],
  ],
  ['before-sending', ['kill-switch', 'muted-alarm', 'period-open', 'freeze', 'trust', 'approval']],
])('%s, in this order', (slot, names) => {
  const answers = judge(slot, facts());
  expect(answers.map(({ guard }) => guard)).toEqual(names);
  expect(answers.map(({ answer }) => answer)).toEqual(names.map(() => 'allow'));
});

/** Everything says no at once. */
const worst = facts({
  cause: alarmCause,
  all: limitsWith({ freeze: { monthEnd: { firstDays: 15, lastDays: 15 } }, overall: { perHour: 0 } }),
  upstream: () => ({
    cause: { link: 'cur', playbook: 'cur-freshness', target: { period: '2026-11' }, tell: 'old' },
    healthy: [],
    phases: [],
    incident: 'INC-1',
  }),
  otherRun: () => ({ run: 'r1', ended: false }),
  standing: standing({
    paused: [{ scope: 'all', since: NOW, by: 'sre-one', reason: 'x' }],
    trust: 'shadow',
    returns: 3,
    inARow: 3,
    lastPlan: { run: 'r1', at: NOW },
  }),
  alarm: () => ({ name: 'cur-freshness', state: 'missing', since: '', mutedBy: ['mute rule x'] }),
  periods: () => [{ period: '2026-11', state: 'closed', mayBeClosed: false }],
  effect: () => ({ rows: Infinity, usd: '0', tenants: [] }),
  approval: lacking,
  conflicts: () => [{ resource: 'inventory', run: 'r1', leasedUntil: NOW }],
});

test.each(SLOTS)('%s: when everything refuses, the first of the order is told', (slot) => {
  // No command is claimed where an alarm is the cause.
  const answers = judge(slot, worst).filter(({ guard }) => guard !== 'order');
  expect(answers.map(({ answer }) => answer)).toEqual(answers.map(() => 'refuse'));
  expect(refusal(answers)).toBe(answers[0]);
});

test('a run is not kept from looking by what only keeps it from acting', () => {
  const frozen = facts({ all: limitsWith({ freeze: { monthEnd: { firstDays: 15, lastDays: 15 } } }) });
  const answers = judge('before-diagnosing', frozen);
  expect(refusal(answers, ['looking'])).toBeUndefined();
  expect(refusal(answers)).toMatchObject({ guard: 'freeze', stops: 'acting' });
  expect(refusal(judge('before-diagnosing', worst), ['looking'])).toMatchObject({ guard: 'upstream' });
  expect(refusal(judge('before-diagnosing', facts()))).toBeUndefined();
});

test('what keeps a run from looking at all', () => {
  expect(guards.filter(({ stops }) => stops === 'looking').map(({ name }) => name)).toEqual([
    'order',
    'upstream',
    'open-run',
    'kill-switch',
    'muted-alarm',
    'stale-alarm',
  ]);
});

test('a rehearsal hears the same answers', () => {
  for (const slot of SLOTS) expect(judge(slot, { ...worst, mode: 'dry-run' })).toEqual(judge(slot, worst));
});
