import { dollars, plural } from '../domain/words.ts';
import type { ActionDefinition } from '../catalog/actions/definition.ts';
import type { AnyPlaybook } from '../catalog/playbooks/definition.ts';
import type { Decision, Plan } from '../domain/decision.ts';
import type { Impact } from '../domain/impact.ts';
import { targetKey } from '../domain/run-record.ts';
import type { Target } from '../domain/run-request.ts';
import type { Settings } from '../platform/settings.ts';
import type { LockSet } from '../record/locks.ts';

interface Planning {
  readonly playbook: AnyPlaybook;
  readonly settings: Settings;
}

/** @throws when the playbook does not declare the action */
export function actionOf({ actions, id }: AnyPlaybook, name: string): ActionDefinition {
  const action = actions.find((one) => one.name === name);
  if (!action)
    throw new TypeError(`the plan names action "${name}", which its playbook ${id} does not declare`);
  return action;
}

/** All that the plan touches, and the playbook's target: only one of two runs on it acts. */
export function lockSetOf(plan: Plan, target: Target, { playbook, settings }: Planning): LockSet {
  const touched = plan.map(({ action: name, params }) => {
    const action = actionOf(playbook, name);
    return action.locks(action.params.parse(params), settings);
  });
  const own = `run/${playbook.id}/${targetKey(target)}`;
  const writes = new Set([own, ...touched.flatMap(({ writes }) => writes)]);
  const reads = new Set(touched.flatMap(({ reads }) => reads).filter((resource) => !writes.has(resource)));
  return { writes: [...writes], reads: [...reads] };
}

/** The decision as something to do, for people. */
export function wouldDo(decision: Decision, { playbook, settings }: Planning): string {
  if (decision.kind === 'leave') return 'leave everything as it is';
  if (decision.kind === 'escalate') return `call a person (${decision.severity})`;
  return decision.plan
    .map(({ action, params }) => {
      const found = playbook.actions.find(({ name }) => name === action);
      return found ? found.describe(params, settings) : action;
    })
    .join(', then ');
}

export const tellEffect = ({ rows, usd, tenants }: Impact): string =>
  `at most ${plural(rows, 'row')}, ${dollars(usd)}, ${plural(tenants.length, 'tenant')}`;
