import type { AnyPlaybook } from '../../lambdas/catalog/playbooks/definition.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { coverageOf } from '../../scripts/drill/coverage.ts';
import type { DrillResult, DrillRun } from '../../scripts/drill/result.ts';
import { itemsByHand } from '../../scripts/runbook/by-hand.ts';

const items = itemsByHand();
const missingOf = (drills: readonly DrillResult[], all = playbooks) => coverageOf(drills, all, items).missing;
/** The playbooks with other words for what one of them takes over. */
const withByHand = (id: string, byHand: AnyPlaybook['byHand'] & object): readonly AnyPlaybook[] =>
  playbooks.map((playbook) => (playbook.id === id ? { ...playbook, byHand } : playbook));

/** A drill whose record has all that is named. */
function drill(
  change: Partial<DrillRun> = {},
  kind: DrillResult['kind'] = 'fault',
  passed = true,
): DrillResult {
  const run = { playbook: 'budget-stale', alarm: null, branch: null, steps: [], evidence: [], ...change };
  return { name: 'a-drill', kind, passed, runs: [run] } as unknown as DrillResult;
}

test('every line of the runbook by hand is some playbook’s, and none of them names a line that is not there', () => {
  const about = missingOf([]).filter((line) => /no playbook takes|is no line/.test(line));
  expect(about).toEqual([]);
  expect(missingOf([], withByHand('budget-stale', {}))).toContainEqual(
    'section 3, “Re-run budget refresh Lambda:”: no playbook takes it over (`byHand`)',
  );
  const more = withByHand('budget-stale', { 'Call somebody': [{ branch: 'missed' }] });
  expect(missingOf([], more)).toContainEqual(
    '“Call somebody” of budget-stale is no line of the runbook by hand',
  );
});

test('a line counts as covered only by a record that contains its probe, row or action', () => {
  const lacks = (drills: DrillResult[]) =>
    missingOf(drills).some((line) => line.includes('“Re-run budget refresh Lambda:”'));
  expect(lacks([])).toBe(true);
  expect(lacks([drill({ steps: ['act:1:run-budget-refresh'] })])).toBe(false);
  expect(lacks([drill({ steps: ['act:1:run-budget-refresh'] }, 'fault', false)])).toBe(true);
  expect(lacks([drill({ steps: ['act:1:run-budget-refresh'], playbook: 'quota-reached' })])).toBe(true);
});

test('every row, alarm and action of every playbook wants a drill', () => {
  const missing = missingOf([drill({ branch: 'missed', alarm: 'budget-stale' })]);
  expect(missing).not.toContain('no drill has budget-stale with branch missed');
  expect(missing).toContain('no drill has budget-stale with branch failed-before');
  expect(missing).toContain('no drill has recon-failed with alarm recon-failed');
  expect(missing).toContain('no drill has quota-reached with action top-up');
  expect(missing).toContain('no drill has runner-backlog with action scale-runners');
  // It undoes the other: a person's command plans it.
  expect(missing).not.toContain('no drill has runner-backlog with action scale-back-runners');
});

test('so many of each kind are wanted', () => {
  const many = Array.from({ length: 50 }, (_, i) =>
    drill({}, i < 8 ? 'control' : i < 16 ? 'compound' : 'poisoned'),
  );
  expect(missingOf(many).filter((line) => line.includes('wanted at least'))).toEqual([]);
  expect(missingOf(many.slice(1)).filter((line) => line.includes('wanted at least'))).toEqual([
    '49 drills of kind all; wanted at least 50',
    '7 drills of kind control; wanted at least 8',
  ]);
});
