import { playbookById } from '../../catalog/playbooks/registry.ts';
import { requestSeen } from '../../record/desk.ts';
import { tellPlanned } from '../tell-planned.ts';
import type { ViewCall } from './view.ts';

/** A request for approval: the plan line by line, whether it can be undone, and who has decided. */
export async function approvalView({ pool, settings, now, caller, id }: ViewCall) {
  const request = await requestSeen(pool, id);
  if (!request) return undefined;
  const { shown, playbook: of, state, expiresAt, ended, requester, approvers } = request;
  const playbook = playbookById(of);
  const open = state === 'open' && !ended && Date.parse(expiresAt) > now.getTime();
  return {
    ...request,
    open,
    /** Why this person cannot approve, if so. */
    mine: approvers.some(({ person }) => person === caller.person)
      ? 'You have approved already: another person is needed.'
      : requester === caller.person
        ? 'You have requested this run: somebody else must approve of its plan.'
        : null,
    plan: (shown.actions ?? []).map((planned) => {
      const action = playbook?.actions.find(({ name }) => name === planned.action);
      return {
        says: tellPlanned(planned, of, settings),
        money: action?.money === true,
        undo: !action
          ? 'unknown: this version does not declare the action'
          : 'by' in action.undo
            ? `can be rolled back by ${action.undo.by}: ${action.undo.why}`
            : `can't be undone: ${action.undo.irreversible}`,
      };
    }),
  };
}
