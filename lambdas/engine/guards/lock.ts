import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** Two plans on the same thing never act at the same time, whatever their playbooks. */
export const lock = defineGuard({
  name: 'lock',
  about: 'Another run holds something that the plan touches.',
  slots: ['before-acting'],
  blocks: 'action',
  needs: ['conflicts', 'changedBy'],
  judge({ conflicts, changedBy }) {
    const [first, ...more] = conflicts;
    if (first) {
      const others = more.length === 0 ? '' : ` and ${more.length} more`;
      const figures = `run ${first.run} holds ${first.resource}${others} until ${first.leasedUntil} at the latest`;
      return refuse(figures, { then: { kind: 'join', run: first.run } });
    }
    if (changedBy !== undefined) {
      const figures = `run ${changedBy} has changed what the plan touches since it was probed`;
      return refuse(figures, { then: { kind: 'join', run: changedBy } });
    }
    return allow('nothing that the plan touches is held by another run');
  },
});
