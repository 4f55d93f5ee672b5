import type { Guard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/**
 * A closed period is immutable. The playbook decides so too; this one looks again, at every period that the target or the
 * plan names. Only what an action says may be done to a closed one is let through.
 */
export const periodOpen: Guard = {
  name: 'period-open',
  about: 'A month that the plan touches is closed, or unknown.',
  slots: ['before-asking', 'before-acting', 'before-sending'],
  stops: 'acting',
  judge({ periods }) {
    const named = periods();
    if (named.length === 0) return allow('no period is touched');
    const figures = named.map(({ period, state }) => `${period} is ${state}`).join(', ');
    const ok = named.every(
      ({ state, mayBeClosed }) =>
        state === 'open' || state === 'closing' || (state === 'closed' && mayBeClosed),
    );
    return ok ? allow(figures) : refuse(figures);
  },
};
