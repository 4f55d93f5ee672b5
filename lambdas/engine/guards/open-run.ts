import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** Alarms repeat: another run tells a run on the same target nothing new. */
export const openRun = defineGuard({
  name: 'open-run',
  about: 'Another run is at work on this target, or has just called people.',
  slots: ['before-diagnosing'],
  blocks: 'diagnosis',
  needs: ['otherRun'],
  judge({ cause, otherRun: other }) {
    if (other === undefined) return allow('no other run is open on this target');
    const figures = other.ended
      ? `run ${other.run} has just looked at this target, and called people`
      : `run ${other.run} is already at work on this target`;
    // A person who orders a run gets one; before acting, the lock separates the two.
    return 'alarm' in cause || 'incident' in cause
      ? refuse(figures, { then: { kind: 'join', run: other.run } })
      : allow(figures);
  },
});
