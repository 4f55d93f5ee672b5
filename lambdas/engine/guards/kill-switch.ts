import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** Looked at anew before every sending: whatever is not sent yet when somebody pulls it is not sent any more. */
export const killSwitch = defineGuard({
  name: 'kill-switch',
  about: 'People have switched everything off, or this playbook.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting', 'before-sending'],
  blocks: 'diagnosis',
  needs: ['standing'],
  judge({ standing, playbook, cause }) {
    const [off] = standing.paused;
    if (!off) return allow(`neither everything nor ${playbook} is switched off`);
    const what = off.scope === 'all' ? 'everything' : off.scope;
    const figures = `${what} has been switched off since ${off.since} by ${off.by}: ${off.reason}`;
    // Whether an incident is over is asked also while nothing may be done about it.
    return cause.kind === 'recovery' ? allow(`${figures}; this run changes nothing`) : refuse(figures);
  },
});
