import type { ActionDefinition } from '../catalog/actions/definition.ts';
import type { Trust } from '../domain/limits.ts';
import type { Decision } from '../domain/decision.ts';

/** Whether people must approve a plan, how many of them, and all reasons in words. */
export type ApprovalNeed =
  { readonly needed: false } | { readonly needed: true; readonly why: string; readonly people: 1 | 2 };

export interface Approving {
  readonly id: string;
  readonly actions: readonly ActionDefinition[];
  readonly withoutApproval?: Readonly<Record<string, string>>;
}

/**
 * An action that the playbook does not know needs approval: nobody can say what it does. A plan that
 * only waits does not.
 */
export function approvalNeed(
  playbook: Approving,
  decision: Extract<Decision, { kind: 'act' }>,
  trust: Trust,
): ApprovalNeed {
  const { id, actions } = playbook;
  const planned = [...new Set(decision.plan.map(({ action }) => action))];
  const onlyWaits = planned.every((name) => actions.find((one) => one.name === name)?.changes === false);
  const reasons = [
    ...(trust === 'approve' && !onlyWaits ? [`${id} acts only with approval`] : []),
    ...(decision.approval === undefined ? [] : [decision.approval.why]),
    ...planned.flatMap((name) => whyAskedFor(name, playbook) ?? []),
  ];
  if (reasons.length === 0) return { needed: false };
  const moneyMoves = actions.some(({ name, money }) => money === true && planned.includes(name));
  return { needed: true, why: reasons.join('; '), people: moneyMoves ? 2 : 1 };
}

/** It changes something and can't be undone: the playbook must argue for it, or people approve it. */
export const wantsArgument = ({ changes, undo }: ActionDefinition): boolean =>
  changes && 'irreversible' in undo;

function whyAskedFor(name: string, { id, actions, withoutApproval = {} }: Approving): string | undefined {
  const action = actions.find((one) => one.name === name);
  if (action === undefined) return `${id} does not declare ${name}`;
  if ('by' in action.undo || !wantsArgument(action) || withoutApproval[name]) return undefined;
  return `${name} can't be undone: ${withoutStop(action.undo.irreversible)}`;
}

/** Reasons are joined to one sentence. */
const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');
