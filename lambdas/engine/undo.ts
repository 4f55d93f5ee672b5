import type { Pool } from 'pg';
import type { AnyPlaybook } from '../catalog/playbooks/definition.ts';
import { playbookById } from '../catalog/playbooks/registry.ts';
import { createRecordReader, type RunStatus } from '../record/read.ts';
import type { Plan } from '../domain/decision.ts';

/** What undoes a run, or why nothing does. */
export type Undoing =
  | { readonly plan: Plan; readonly playbook: AnyPlaybook; readonly status: RunStatus }
  | { readonly no: string };

/** The compensations of an ineffective run, the last action's first. All of them, or none: half an undo is a third state. */
export async function undoingOf(pool: Pool, run: string): Promise<Undoing> {
  const status = await createRecordReader(pool).status(run);
  if (!status) return { no: 'it is not in the record' };
  const { outcome } = status;
  if (outcome !== 'ineffective') {
    const is = outcome === null ? 'it is at work' : `it ended ${outcome}`;
    return { no: `${is}; wanted one that was ineffective, for its actions were done and did not help` };
  }
  const playbook = playbookById(status.playbook);
  if (!playbook) return { no: `its playbook ${status.playbook} is not there any more` };
  const { plan: done = [] } = (status.decision ?? {}) as { plan?: Plan };
  const { plan, irreversible } = compensationsOf(done, playbook);
  if (irreversible.length > 0) return { no: `no machine can undo ${irreversible.join('; ')}` };
  return plan.length > 0 ? { plan, playbook, status } : { no: 'it changed nothing' };
}

/** The compensations of a plan, the last action's first, and what of it no machine can undo. */
function compensationsOf(
  plan: Plan,
  { actions }: AnyPlaybook,
): { readonly plan: Plan; readonly irreversible: readonly string[] } {
  const undone: Plan[number][] = [];
  const irreversible: string[] = [];
  for (const { action: name, params } of [...plan].reverse()) {
    const action = actions.find((one) => one.name === name);
    if (action && !action.changes) continue;
    if (!action) irreversible.push(`${name}: its playbook does not declare it any more`);
    else if ('irreversible' in action.undo)
      irreversible.push(`${name}: ${action.undo.irreversible.replace(/\.$/, '')}`);
    else undone.push({ action: action.undo.by, params: action.undo.params(params) });
  }
  return { plan: undone, irreversible };
}
