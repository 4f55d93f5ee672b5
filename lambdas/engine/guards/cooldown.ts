import { MINUTE_MS } from '../../domain/milliseconds.ts';
import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** A repair takes time to show: acting again before that means acting on old figures. */
export const cooldown = defineGuard({
  name: 'cooldown',
  about: 'The playbook has only just acted on this target.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting'],
  blocks: 'action',
  needs: ['standing'],
  judge({ standing, limits: { cooldownMinutes }, now, cause }) {
    // A rollback need not wait for an ineffective plan to take effect.
    if (cause.kind === 'undo') return allow('a person rolls back what was done');
    const { lastPlan } = standing;
    if (!lastPlan) return allow('no plan was carried out on this target before');
    const over = new Date(Date.parse(lastPlan.at) + cooldownMinutes * MINUTE_MS);
    const figures = `run ${lastPlan.run} acted at ${lastPlan.at}; the cooldown is ${cooldownMinutes} minutes`;
    return over > now ? refuse(figures, { until: over.toISOString() }) : allow(figures);
  },
});
