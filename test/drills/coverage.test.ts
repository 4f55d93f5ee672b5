import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { coverageOf } from '../../scripts/drill/coverage.ts';
import { runbookMap } from '../../scripts/drill/runbook-map.ts';
import type { DrillResult, DrillRun } from '../../scripts/drill/result.ts';
import { itemsByHand } from '../../scripts/runbook/by-hand.ts';

const items = itemsByHand();
const lackingOf = (drills: readonly DrillResult[], map = runbookMap) =>
  coverageOf(drills, playbooks, items, map).lacking;

/** A drill whose record has all that is named. */
function drill(
  change: Partial<DrillRun> = {},
  kind: DrillResult['kind'] = 'fault',
  passed = true,
): DrillResult {
  const run = { playbook: 'budget-stale', alarm: null, branch: null, steps: [], evidence: [], ...change };
  return { name: 'a-drill', kind, passed, runs: [run] } as unknown as DrillResult;
}

test('every line of the runbook is mapped, and the map has no line that is not there', () => {
  const about = lackingOf([]).filter((line) => /not mapped|is no line/.test(line));
  expect(about).toEqual([]);
  const without = { ...runbookMap, 3: {} };
  expect(lackingOf([], without)).toContainEqual('section 3, “Re-run budget refresh Lambda:”: not mapped');
  const more = { ...runbookMap, 11: { 'Call somebody': [] } };
  expect(lackingOf([], more)).toContainEqual('the map’s “Call somebody” is no line of section 11');
});

test('a line counts as covered only by a record that contains its probe, row or action', () => {
  const lacks = (drills: DrillResult[]) =>
    lackingOf(drills).some((line) => line.includes('“Re-run budget refresh Lambda:”'));
  expect(lacks([])).toBe(true);
  expect(lacks([drill({ steps: ['act:1:run-budget-refresh'] })])).toBe(false);
  expect(lacks([drill({ steps: ['act:1:run-budget-refresh'] }, 'fault', false)])).toBe(true);
  expect(lacks([drill({ steps: ['act:1:run-budget-refresh'], playbook: 'quota-reached' })])).toBe(true);
});

test('every row, alarm and action of every playbook wants a drill', () => {
  const lacking = lackingOf([drill({ branch: 'missed', alarm: 'budget-stale' })]);
  expect(lacking).not.toContain('no drill has budget-stale with branch missed');
  expect(lacking).toContain('no drill has budget-stale with branch failed-before');
  expect(lacking).toContain('no drill has recon-failed with alarm recon-failed');
  expect(lacking).toContain('no drill has quota-reached with action top-up');
  expect(lacking).toContain('no drill has runner-backlog with action scale-runners');
  // It undoes the other: a person's command plans it.
  expect(lacking).not.toContain('no drill has runner-backlog with action scale-back-runners');
});

test('so many of each kind are wanted', () => {
  const many = Array.from({ length: 50 }, (_, i) =>
    drill({}, i < 8 ? 'control' : i < 16 ? 'compound' : 'poisoned'),
  );
  expect(lackingOf(many).filter((line) => line.includes('wanted at least'))).toEqual([]);
  expect(lackingOf(many.slice(1)).filter((line) => line.includes('wanted at least'))).toEqual([
    '49 drills of kind all; wanted at least 50',
    '7 drills of kind control; wanted at least 8',
  ]);
});
