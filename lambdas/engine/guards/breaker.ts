import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** After several plans in a row that did not help, a person must find out why and close the breaker. */
export const breaker = defineGuard({
  name: 'breaker',
  about: 'The playbook’s last plans were ineffective or failed, one after the other.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting'],
  blocks: 'action',
  needs: ['standing'],
  judge({ standing, playbook, limits: { breakerAfter }, cause }) {
    const { breaker: open, inARow } = standing;
    const figures = `${inARow} of ${breakerAfter} plans of ${playbook} in a row did not help`;
    if (cause.kind === 'undo') return allow(`${figures}; a person rolls back what was done`);
    if (open) return refuse(`open since ${open.since}: ${open.why}; a person resets it`);
    // Also where its opening could not be recorded.
    return inARow >= breakerAfter ? refuse(`${figures}; a person resets it`) : allow(figures);
  },
});
