import { faults } from '../../sandbox/faults/all.ts';
import { planOf } from '../../scripts/prove/world-plan.ts';

const shownOf = (seed: number) => planOf(seed).happenings.map(({ at, what }) => `${at} ${what}`);
const SEEDS = Array.from({ length: 500 }, (_, seed) => seed);

test('the same seed has the same plan, and another seed another one', () => {
  expect(shownOf(17)).toEqual(shownOf(17));
  expect(new Set(SEEDS.map((seed) => shownOf(seed).join('\n'))).size).toBe(SEEDS.length);
});

test('each plan breaks two to four things of different playbooks, before anything else happens to them', () => {
  for (const seed of SEEDS) {
    const { faults: chosen, happenings } = planOf(seed);
    expect([2, 3, 4]).toContain(chosen.length);
    expect(new Set(chosen.map(({ runs }) => runs[0]?.playbook)).size).toBe(chosen.length);
    const ats = happenings.map(({ at }) => at);
    expect(ats).toEqual(ats.toSorted((a, b) => a - b));
    // At a whole minute an alarm would come at the same moment.
    expect(ats.every((at) => at % 60 !== 0)).toBe(true);
  }
});

test('the plans come to each kind of thing, and to every playbook with a fault that can be mixed', () => {
  const plans = SEEDS.map(planOf);
  const kinds = new Set(plans.flatMap(({ happenings }) => happenings.map(({ kind }) => kind)));
  expect([...kinds].sort()).toEqual([
    'approves',
    'asks people',
    'breaks',
    'delivered again',
    'drop-connection after',
    'drop-connection before',
    'error after',
    'error before',
    'garbage',
    'kill-worker after',
    'kill-worker before',
    'ledger away',
    'refuses',
    'switched off',
    'switched on',
  ]);
  const broken = new Set(plans.flatMap((plan) => plan.faults.map(({ runs }) => runs[0]?.playbook)));
  const playbooks = new Set(
    faults.filter(({ kind }) => kind === 'fault').flatMap(({ runs }) => runs[0]?.playbook ?? []),
  );
  expect([...playbooks].filter((one) => !broken.has(one))).toEqual([]);
});
