import { known } from '../../../lambdas/domain/known.ts';
import { guards } from '../../../lambdas/engine/guards/all.ts';
import type { Guard } from '../../../lambdas/engine/guards/definition.ts';
import type { Slot } from '../../../lambdas/domain/guard-answer.ts';
import { judge, refusal } from '../../../lambdas/engine/guards/judge.ts';
import { alarmCause, facts, lacking, limitsWith, NOW, standing } from '../../support/facts.ts';
import { having } from '../../../emulator/test/support/matching.ts';

const SLOTS: readonly Slot[] = ['before-diagnosing', 'before-asking', 'before-acting', 'before-sending'];

test('every guard goes by a fact; only the freeze has enough in a clock and a calendar', () => {
  const without = guards.filter(({ needs }) => needs.length === 0);
  expect(without.map(({ name }) => name)).toEqual(['freeze']);
});

const NEEDS = guards.flatMap((guard) => guard.needs.map((fact) => [guard.name, fact, guard] as const));

describe.each(NEEDS)('%s needs %s', (name, fact, guard) => {
  const { slots, blocks } = guard;

  test.each(slots)('refuses %s while it is unknown, and the others are still asked', (slot) => {
    const answers = judge(slot, facts({ [fact]: lacking }));
    expect(answers.find((answer) => answer.guard === name)).toEqual({
      slot,
      guard: name,
      blocks,
      checkedAt: NOW,
      answer: 'refuse',
      figures: 'could not be evaluated: nobody answers',
    });
    const needless = answers.filter(
      (answer) => !NEEDS.some(([other, need]) => other === answer.guard && need === fact),
    );
    expect(needless.map(({ answer }) => answer)).toEqual(needless.map(() => 'allow'));
  });

  test('refuses where it was not looked for at all', () => {
    const { [fact]: _, ...others } = facts();
    expect(judge(slots[0] ?? 'before-acting', others, [guard])).toEqual([
      having({ answer: 'refuse', figures: `could not be evaluated: "${fact}" was not looked for` }),
    ]);
  });
});

test('a guard that throws refuses', () => {
  const broken: Guard<never> = {
    name: 'broken',
    about: 'a mistake',
    slots: ['before-acting'],
    blocks: 'action',
    needs: [],
    judge: () => {
      throw new Error('a mistake');
    },
  };
  expect(judge('before-acting', facts(), [broken])).toEqual([
    having({ answer: 'refuse', figures: 'could not be evaluated: a mistake' }),
  ]);
});

test.each<[Slot, string[]]>([
  [
    'before-diagnosing',
    [
      'ledger',
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
      'ledger',
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
  ledger: known({ away: 'it does not answer' }),
  upstream: known({
    fault: { link: 'cur', playbook: 'cur-freshness', target: { period: '2026-11' }, tell: 'old' },
    healthy: [],
    incident: 'INC-1',
    attended: true,
  }),
  otherRun: known({ run: 'r1', ended: false }),
  standing: standing({
    paused: [{ scope: 'all', since: NOW, by: 'sre-one', reason: 'x' }],
    trust: 'shadow',
    returns: 3,
    inARow: 3,
    lastPlan: { run: 'r1', at: NOW },
  }),
  alarm: known({ name: 'cur-freshness', state: 'missing', since: '', mutedBy: ['mute rule x'] }),
  periods: known([{ period: '2026-11', state: 'closed', mayBeClosed: false }]),
  effect: known({ rows: Infinity, usd: '0', tenants: [] }),
  approval: lacking,
  conflicts: known([{ resource: 'inventory', run: 'r1', leasedUntil: NOW }]),
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
  expect(refusal(answers, 'diagnosis')).toBeUndefined();
  expect(refusal(answers)).toMatchObject({ guard: 'freeze', blocks: 'action' });
  expect(refusal(judge('before-diagnosing', worst), 'diagnosis')).toMatchObject({ guard: 'ledger' });
  expect(refusal(judge('before-diagnosing', facts()))).toBeUndefined();
});

test('what keeps a run from looking at all', () => {
  expect(guards.filter(({ blocks }) => blocks === 'diagnosis').map(({ name }) => name)).toEqual([
    'ledger',
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
