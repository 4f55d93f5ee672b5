import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/**
 * Checked again in the transaction that takes the lock, and before each sending: an approval is for
 * one plan on one set of evidence, for a time, and the trust level may be lowered meanwhile. A row that
 * says who has approved is believed only with that person's order in the audit.
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
    const { id, approvers, audited, expiresAt, samePlan } = asked;
    const unordered = approvers.filter((person) => !audited.includes(person));
    // The original request may have asked for fewer people than are needed now.
    const people = Math.max(need.people, asked.people);
    const figures = `${id}: ${audited.length} of ${people} people (${audited.join(', ') || 'nobody'})`;
    if (asked.state !== 'approved') return refuse(`${figures}; it is ${asked.state}`);
    if (!samePlan) return refuse(`${figures}; it was given for another plan`);
    if (unordered.length > 0)
      return refuse(`${figures}; no approval by ${unordered.join(' or ')} is in the audit`);
    if (audited.length < people) return refuse(figures);
    // What began in time is carried out to its end.
    if (!granted && Date.parse(expiresAt) <= now.getTime())
      return refuse(`${figures}; it expired at ${expiresAt}`);
    return allow(figures);
  },
});
