import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** A fault that comes back and back is not repaired, whatever each look said: its cause is a person's to find. */
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
