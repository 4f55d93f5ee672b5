import type { ActionDefinition } from '../catalog/actions/definition.ts';
import type { Trust } from '../domain/limits.ts';
import type { Decision } from '../domain/decision.ts';

/** Whether people are asked before a plan is carried out, how many of them, and all the reasons in words. */
export type ApprovalNeed =
  { readonly needed: false } | { readonly needed: true; readonly why: string; readonly people: 1 | 2 };

/** What of a playbook says who is asked. */
export interface Approving {
  readonly id: string;
  readonly actions: readonly ActionDefinition[];
  readonly withoutApproval?: Readonly<Record<string, string>>;
}

/**
 * An action that the playbook does not know is asked about: nobody can say what it does. A plan that only waits is nothing
 * to approve of.
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

/** Whether a playbook must argue for an action, or people are asked: it changes something, and can't be undone. */
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
