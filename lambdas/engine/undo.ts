import type { AnyPlaybook } from '../catalog/playbooks/definition.ts';
import { playbookById } from '../catalog/playbooks/registry.ts';
import type { RecordReader, RunStatus } from '../record/read.ts';
import { deciding, type Decision, type Plan } from '../domain/decision.ts';
import type { Cause } from '../domain/run-request.ts';

/** What rolls a run back, or why nothing does. */
export type Undoing =
  | { readonly plan: Plan; readonly playbook: AnyPlaybook; readonly status: RunStatus }
  | { readonly no: string };

/**
 * The compensations of an ineffective run, the last action's first. All or none: half a rollback is a
 * third state.
 */
export async function undoingOf(record: RecordReader, run: string): Promise<Undoing> {
  const status = await record.status(run);
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

/** The compensations of a plan, the last action's first, and what no machine can undo. */
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

const undoneBy = deciding({
  undo: { when: 'a person rolls back an ineffective run', then: 'the compensations of its actions' },
});

/**
 * The decision is a person's; the probes are evidence of what they saw. What it takes is read from the
 * record, never from the request.
 */
export async function decideUndo(record: RecordReader, cause: Cause & { kind: 'undo' }): Promise<Decision> {
  const undoing = await undoingOf(record, cause.of);
  if ('no' in undoing) throw new Error(`run ${cause.of} can't be undone: ${undoing.no}`);
  const why = `the changes of run ${cause.of} are rolled back; the fault still stands`;
  const because = `${cause.by} rolls back run ${cause.of}: ${cause.reason}`;
  return undoneBy.act('undo', because, undoing.plan, { handOff: { why, severity: 'SEV-3' } });
}
