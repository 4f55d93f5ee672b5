import type { ExpectedRun, Fault } from './faults/fault.ts';
import type { ScenarioResult } from './scenario.ts';

/** Where what came of a fault differs from its card, in words; empty when nothing does. */
export function differences(
  fault: Fault,
  { runs, actions }: Pick<ScenarioResult, 'runs' | 'actions'>,
): string[] {
  const lines: string[] = [];
  const [wanted, got] = [
    fault.runs.map(tellRun),
    runs.map((run) => tellRun({ ...run, branch: branchOf(run) })),
  ];
  if (!same(wanted, got)) lines.push(`runs: wanted ${listed(wanted, 'none')}; got ${listed(got, 'none')}`);
  if (!same(fault.actions, actions)) {
    lines.push(`actions: wanted ${listed(fault.actions, 'none')}; got ${listed(actions, 'none')}`);
  }
  return lines;
}

/** Reasons are worded for the drills' own world: its date and figures are in them. */
export function otherReasons(fault: Fault, { runs }: Pick<ScenarioResult, 'runs'>): string[] {
  return fault.runs.flatMap(({ why }, i) => {
    const said = runs[i]?.why;
    return why && typeof said === 'string' && !why.test(said)
      ? [`why: wanted ${String(why)}; got "${said}"`]
      : [];
  });
}

/** The row of the decision table that a run took; null when it never came to decide. */
export const branchOf = ({ decision }: { readonly decision: unknown }): string | null =>
  (decision as { branch?: string } | null)?.branch ?? null;

const tellRun = ({
  playbook,
  outcome,
  branch,
}: Pick<ExpectedRun, 'playbook' | 'branch'> & { outcome: string | null }) =>
  `${playbook} ${outcome ?? 'unfinished'} (${branch ?? 'nothing decided'})`;

const same = (a: readonly string[], b: readonly string[]): boolean => JSON.stringify(a) === JSON.stringify(b);
const listed = (items: readonly string[], none: string): string =>
  items.length === 0 ? none : items.join(', ');
