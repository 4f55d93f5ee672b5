import type { Guard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** Looked at anew before every sending: whatever is not sent yet when somebody pulls it is not sent any more. */
export const killSwitch: Guard = {
  name: 'kill-switch',
  about: 'People have switched everything off, or this playbook.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting', 'before-sending'],
  stops: 'looking',
  judge({ standing, playbook }) {
    const [off] = standing().paused;
    if (!off) return allow(`neither everything nor ${playbook} is switched off`);
    const what = off.scope === 'all' ? 'everything' : off.scope;
    return refuse(`${what} has been switched off since ${off.since} by ${off.by}: ${off.reason}`);
  },
};
