import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** A fault that keeps returning is not repaired: a person must find its cause. */
export const recurrence = defineGuard({
  name: 'recurrence',
  about: 'The incident has come back too often today.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting'],
  blocks: 'action',
  needs: ['standing'],
  judge({ standing, limits: { returnsADay }, cause }) {
    const { returns } = standing;
    const figures = `return ${returns} of this incident within 24 h; from ${returnsADay} on it is left to people`;
    if (cause.kind === 'undo') return allow(figures);
    return returns >= returnsADay ? refuse(figures, { outcome: 'escalated' }) : allow(figures);
  },
});
