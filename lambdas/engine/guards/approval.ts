import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/**
 * Looked at again in the transaction that takes the lock, and before each sending: an approval is of one plan on one evidence,
 * for a time, and a playbook may be lowered to `approve` while its run is at work.
 */
export const approval = defineGuard({
  name: 'approval',
  about: 'The plan needs the approval of people, and has not got it, or not for this plan.',
  slots: ['before-acting', 'before-sending'],
  blocks: 'action',
  needs: ['approval'],
  judge({ approval, granted, now }) {
    const { need, asked } = approval;
    if (!need.needed) return allow('no approval is needed');
    if (!asked) return refuse(`nobody was asked: ${need.why}`);
    const { id, approvers, expiresAt, samePlan } = asked;
    // What was asked for before may be less than what is needed now.
    const people = Math.max(need.people, asked.people);
    const figures = `${id}: ${approvers.length} of ${people} people (${approvers.join(', ') || 'nobody'})`;
    if (asked.state !== 'approved') return refuse(`${figures}; it is ${asked.state}`);
    if (!samePlan) return refuse(`${figures}; it was given for another plan`);
    if (approvers.length < people) return refuse(figures);
    // What was begun in time is carried out to its end.
    if (!granted && Date.parse(expiresAt) <= now.getTime())
      return refuse(`${figures}; it expired at ${expiresAt}`);
    return allow(figures);
  },
});
