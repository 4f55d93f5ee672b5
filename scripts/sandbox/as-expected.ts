import type { ExpectedRun, Fault } from './faults/fault.ts';
import type { ScenarioResult } from './scenario.ts';

/** Where what came of a fault differs from its card, a line a difference, in words; empty when all is as expected. */
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
  for (const [i, { why }] of fault.runs.entries()) {
    const said = runs[i]?.why;
    if (why && said && !why.test(said)) lines.push(`why of run ${i + 1}: wanted ${why}; got "${said}"`);
  }
  return lines;
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
