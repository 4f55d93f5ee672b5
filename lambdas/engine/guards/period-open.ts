import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';
import type { PeriodNow } from './facts.ts';

/**
 * A closed period is immutable. The playbook decides so; this guard checks every period that the
 * target or the plan names again. Only actions that say why may pass.
 */
export const periodOpen = defineGuard({
  name: 'period-open',
  about: 'A month that the plan touches is closed, or unknown.',
  slots: ['before-asking', 'before-acting', 'before-sending'],
  blocks: 'action',
  weighsEach: true,
  needs: ['periods'],
  judge({ periods }) {
    if (periods.length === 0) return allow('no period is touched');
    // A closed month that may be touched is not named as if it were in the way.
    const wrong = periods.filter(
      ({ state, mayBeClosed }) =>
        !(state === 'open' || state === 'closing' || (state === 'closed' && mayBeClosed)),
    );
    return wrong.length === 0 ? allow(figuresOf(periods)) : refuse(figuresOf(wrong));
  },
});

const figuresOf = (periods: readonly PeriodNow[]): string =>
  periods.map(({ period, state }) => `${period} is ${state}`).join(', ');
