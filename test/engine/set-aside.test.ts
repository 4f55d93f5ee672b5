import type { ActionDefinition } from '../../lambdas/catalog/actions/definition.ts';
import type { PeriodNow } from '../../lambdas/engine/guards/facts.ts';
import { guards } from '../../lambdas/engine/guards/all.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { known, unknown } from '../../lambdas/domain/known.ts';
import { setAside, withoutOddItems, type Step } from '../../lambdas/engine/set-aside.ts';
import { act } from '../support/decisions.ts';
import { facts } from '../support/facts.ts';
import { exampleSettings } from '../support/settings.ts';

/** One odd item does not hold up the rest: each guard × each position × each independent action of each playbook. */

const independent = playbooks.flatMap(({ id, actions }) =>
  actions.filter((action) => action.independent).map((action) => [id, action.name, action] as const),
);
const ODD: readonly (readonly [
  guard: string,
  what: string,
  alone: Partial<NonNullable<Step['alone']>>,
  figures: RegExp,
])[] = [
  [
    'period-open',
    'a month that the ledger does not know',
    { periods: months('2025-01', 'unknown') },
    /period-open: 2025-01 is unknown/,
  ],
  [
    'period-open',
    'a month in a state of its own',
    { periods: months('2025-01', 'frozen', true) },
    /period-open: 2025-01 is frozen/,
  ],
  [
    'period-open',
    'a closed month that may not be touched',
    { periods: months('2025-01', 'closed') },
    /period-open: 2025-01 is closed/,
  ],
  [
    'period-open',
    'a month that nobody can look up',
    { periods: unknown('nobody answers') },
    /period-open: could not be evaluated: nobody answers/,
  ],
  [
    'blast-radius',
    'more money than one plan may move',
    { effect: effect({ usd: '50000000.01' }) },
    /blast-radius: 50000000\.01 of \d+ USD \(all: /,
  ],
  [
    'blast-radius',
    'more rows than one plan may write',
    { effect: effect({ rows: 200_000_001 }) },
    /blast-radius: 200000001 of \d+ rows/,
  ],
  [
    'blast-radius',
    'an effect that nobody foresees',
    { effect: unknown('nobody answers') },
    /blast-radius: could not be evaluated/,
  ],
];
const SIZE = 4;

function months(period: string, state: string, mayBeClosed = false) {
  return known<readonly PeriodNow[]>([{ period, state, mayBeClosed }]);
}
function effect(change: { rows?: number; usd?: string }) {
  return known({ rows: 1, usd: '10.00', tenants: ['TEN-1'], ...change });
}

/** A good item of the batch: of a closed month where its action may touch one. */
const itemOf = (action: ActionDefinition, number: number): Step => ({
  planned: { action: action.name, params: { ...action.example, number: String(number) } },
  said: `item ${number}`,
  money: action.money ?? false,
  follows: false,
  alone: {
    periods:
      action.closedPeriod === 'refused' ? months('2026-11', 'open') : months('2026-09', 'closed', true),
    effect: effect({}),
  },
});
const refresh: Step = {
  planned: { action: 'refresh-dashboards', params: {} },
  said: 'refresh',
  money: false,
  follows: true,
};
const redrive: Step = { ...refresh, planned: { action: 'redrive-bank-events', params: {} }, follows: false };
const decided = (steps: readonly Step[]) => {
  const decision = act(
    'they can be done',
    steps.map(({ planned }) => planned),
  );
  if (decision.kind !== 'act') throw new Error('wanted a plan');
  return decision;
};
const asked = (playbook: string) => ({ setting: facts({ playbook }), severity: 'SEV-3' as const });

test('there are batches, and guards that weigh each of their items', () => {
  expect(independent.map(([, name]) => name)).toEqual(
    expect.arrayContaining(['settle-invoice', 'top-up', 'tell-tenant', 'emit-invoice']),
  );
  const weighing = guards.filter(({ weighsEach }) => weighsEach).map(({ name }) => name);
  expect([...new Set(ODD.map(([guard]) => guard))]).toEqual(weighing);
});

describe.each(independent)('%s: %s', (playbook, _name, action) => {
  const rows = ODD.flatMap((odd) => Array.from({ length: SIZE }, (_, at) => [odd[1], at, odd] as const));
  test.each(rows)('%s, in place %d: it goes to people, and the others are done', (_what, at, odd) => {
    const [, , alone, figures] = odd;
    const items = Array.from({ length: SIZE }, (_, i) => itemOf(action, i));
    const steps = [
      ...items.map((item, i) =>
        i === at && item.alone ? { ...item, alone: { ...item.alone, ...alone } } : item,
      ),
      refresh,
    ];
    const decision = setAside(decided(steps), steps, asked(playbook));
    expect(decision).toMatchObject({
      kind: 'act',
      plan: steps.filter((_, i) => i !== at).map(({ planned }) => planned),
      handOff: { severity: 'SEV-3', why: expect.stringMatching(figures) as string },
    });
    // Only the odd one is named, and no month that may be touched.
    const why = decision.kind === 'act' ? (decision.handOff?.why ?? '') : '';
    expect(why).toMatch(new RegExp(`^a person decides on what a guard refuses: item ${at} \\(guard `));
    expect(why).not.toMatch(/2026-/);
    expect(decision.finops ?? false).toBe(action.money ?? false);
  });
});

const settle = independent.find(([, name]) => name === 'settle-invoice')?.[2];
if (!settle) throw new Error('there is no settle-invoice');
const good = (number: number): Step => itemOf(settle, number);
const bad = (number: number): Step => ({
  ...good(number),
  alone: { periods: months('2025-01', 'unknown'), effect: effect({}) },
});
const settling = (...steps: readonly Step[]) => setAside(decided(steps), steps, asked('payment-mismatch'));

test('where no item is odd, the decision stays as it is', () => {
  const steps = [good(1), good(2), redrive];
  const decision = decided(steps);
  expect(setAside(decision, steps, asked('payment-mismatch'))).toBe(decision);
});

test('what is too much only together is refused as a whole, later: nothing is set aside', () => {
  const much = (number: number): Step => ({
    ...good(number),
    alone: { periods: months('2026-09', 'closed', true), effect: effect({ usd: '99999.99' }) },
  });
  expect(settling(much(1), much(2), much(3))).toMatchObject({ plan: [{}, {}, {}] });
});

test('where every item is odd, people get all of it, and what only shows the others is not done', () => {
  expect(settling(bad(1), bad(2), refresh)).toEqual({
    kind: 'escalate',
    branch: 'row',
    finops: true,
    severity: 'SEV-3',
    why: expect.stringMatching(
      /^a person decides on what a guard refuses: item 1 \(.*\) and item 2 \(/,
    ) as string,
  });
  expect(settling(bad(1), redrive)).toMatchObject({ kind: 'act', plan: [redrive.planned] });
});

test('an item that its own parameters forbid goes to people, and the others are done', async () => {
  const [playbook] = playbooks.filter(({ id }) => id === 'payment-mismatch');
  const settling = (invoice: string, period: string) => ({
    action: 'settle-invoice',
    params: { invoice_id: invoice, tenant_id: 'TEN-1', period },
  });
  const plan = [settling('INV-1', '2026-09'), settling('INV-2', '20269-01'), settling('', '2026-09')];
  const run = { playbook, settings: exampleSettings(), tools: {}, severity: 'SEV-3', request: { cause: {} } };
  const answers = [months('2026-09', 'closed', true), effect({})];
  let asked = 0;
  const decision = await withoutOddItems(
    run as never,
    act('they can be done', plan),
    { target: {}, now: new Date('2026-11-23T14:00:00Z') },
    { known: async () => answers[asked++ % 2] as never },
  );
  expect(decision).toMatchObject({
    plan: plan.slice(0, 1),
    finops: true,
    handOff: {
      why: 'a person decides on what a guard refuses: settle-invoice of “INV-2 TEN-1 20269-01” (its period is unfit: a month such as "2025-09") and settle-invoice of “ TEN-1 2026-09” (its invoice_id is unfit: Too small: expected string to have >=1 characters)',
    },
  });
});

test('an action that others depend on is never set aside: the guard refuses the whole plan', () => {
  const { alone: _, ...step } = bad(1);
  expect(settling(step, good(2))).toMatchObject({ plan: [step.planned, good(2).planned] });
});

test('what people were left with before stays theirs, at its severity; of many odd items five are named', () => {
  const steps = [...Array.from({ length: 7 }, (_, i) => bad(i)), good(7)];
  const decision = { ...decided(steps), handOff: { why: 'match the others', severity: 'SEV-2' as const } };
  expect(setAside(decision, steps, asked('payment-mismatch'))).toMatchObject({
    plan: [good(7).planned],
    handOff: {
      severity: 'SEV-2',
      why: expect.stringMatching(/item 4 \([^)]*\) and 2 more; match the others$/) as string,
    },
  });
});
