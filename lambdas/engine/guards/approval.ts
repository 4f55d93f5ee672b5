import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/**
 * Checked again in the transaction that takes the lock, and before each sending: an approval is for
 * one plan on one set of evidence, for a time, and the trust level may be lowered meanwhile.
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
    // The original request may have asked for fewer people than are needed now.
    const people = Math.max(need.people, asked.people);
    const figures = `${id}: ${approvers.length} of ${people} people (${approvers.join(', ') || 'nobody'})`;
    if (asked.state !== 'approved') return refuse(`${figures}; it is ${asked.state}`);
    if (!samePlan) return refuse(`${figures}; it was given for another plan`);
    if (approvers.length < people) return refuse(figures);
    // What began in time is carried out to its end.
    if (!granted && Date.parse(expiresAt) <= now.getTime())
      return refuse(`${figures}; it expired at ${expiresAt}`);
    return allow(figures);
  },
});
