import type { ExpectedRun, Fault } from './faults/fault.ts';
import type { ScenarioResult } from './scenario.ts';

/** Where what came of a fault differs from its card, in words; empty when nothing does. */
export function differences(
  fault: Fault,
  { runs, actions, wantedActions }: Pick<ScenarioResult, 'runs' | 'actions' | 'wantedActions'>,
): string[] {
  const lines: string[] = [];
  const [wanted, got] = [fault.runs.map(tellRun), asWanted(fault, runs).map(told)];
  if (!same(wanted, got)) lines.push(`runs: wanted ${listed(wanted, 'none')}; got ${listed(got, 'none')}`);
  if (!same(wantedActions, actions)) {
    lines.push(`actions: wanted ${listed(wantedActions, 'none')}; got ${listed(actions, 'none')}`);
  }
  return lines;
}

/** Reasons are worded for the drills' own world: its date and figures are in them. */
export function otherReasons(fault: Fault, { runs }: Pick<ScenarioResult, 'runs'>): string[] {
  const inOrder = asWanted(fault, runs);
  return fault.runs.flatMap(({ why }, i) => {
    const said = inOrder[i]?.why;
    return why && typeof said === 'string' && !why.test(said)
      ? [`why: wanted ${String(why)}; got "${said}"`]
      : [];
  });
}

/** The row of the decision table that a run took; null when it never came to decide. */
const branchOf = ({ decision }: { readonly decision: unknown }): string | null =>
  (decision as { branch?: string } | null)?.branch ?? null;

const tellRun = ({
  playbook,
  outcome,
  branch,
}: Pick<ExpectedRun, 'playbook' | 'branch'> & { outcome: string | null }) =>
  `${playbook} ${outcome ?? 'unfinished'} (${branch ?? 'nothing decided'})`;

const told = (run: ScenarioResult['runs'][number]): string => tellRun({ ...run, branch: branchOf(run) });

/** Alarms that fire at the same moment start runs side by side: which of them comes first is nobody's to say. */
const SAME_MOMENT_MS = 60_000;

/** The runs in the order of the card, as far as they began at the same moment. */
function asWanted(fault: Fault, runs: ScenarioResult['runs']): ScenarioResult['runs'] {
  const inOrder = [...runs];
  for (const [i, wanted] of fault.runs.map(tellRun).entries()) {
    const here = inOrder[i];
    if (!here || told(here) === wanted) continue;
    const began = Date.parse(here.openedAt);
    const at = inOrder.findIndex(
      (run, j) => j > i && told(run) === wanted && Date.parse(run.openedAt) - began < SAME_MOMENT_MS,
    );
    if (at > i) inOrder.splice(i, 0, ...inOrder.splice(at, 1));
  }
  return inOrder;
}

const same = (a: readonly string[], b: readonly string[]): boolean => JSON.stringify(a) === JSON.stringify(b);
const listed = (items: readonly string[], none: string): string =>
  items.length === 0 ? none : items.join(', ');
