import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/**
 * A closed period is immutable. The playbook decides so; this guard checks every period that the
 * target or the plan names again. Only actions that say why may pass.
 */
export const periodOpen = defineGuard({
  name: 'period-open',
  about: 'A month that the plan touches is closed, or unknown.',
  slots: ['before-asking', 'before-acting', 'before-sending'],
  blocks: 'action',
  needs: ['periods'],
  judge({ periods }) {
    if (periods.length === 0) return allow('no period is touched');
    const figures = periods.map(({ period, state }) => `${period} is ${state}`).join(', ');
    const ok = periods.every(
      ({ state, mayBeClosed }) =>
        state === 'open' || state === 'closing' || (state === 'closed' && mayBeClosed),
    );
    return ok ? allow(figures) : refuse(figures);
  },
});
