import type { Guard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** Two plans that touch the same never act side by side, whichever playbooks they are of. */
export const lock: Guard = {
  name: 'lock',
  about: 'Another run holds something that the plan touches.',
  slots: ['before-acting'],
  stops: 'acting',
  judge({ conflicts }) {
    const [first, ...more] = conflicts();
    if (!first) return allow('nothing that the plan touches is held by another run');
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    return refuse(
      `run ${first.run} holds ${first.resource}${others} until ${first.leasedUntil} at the latest`,
    );
  },
};
