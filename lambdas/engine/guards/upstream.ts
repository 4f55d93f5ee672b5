import type { Guard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** A symptom is not repaired before its cause. */
export const upstream: Guard = {
  name: 'upstream',
  about: 'The cause lies further up the billing chain, and comes first.',
  slots: ['before-diagnosing'],
  stops: 'looking',
  judge({ upstream: looked }) {
    const { cause, healthy, incident } = looked();
    if (!cause) return allow(healthy.length > 0 ? `healthy: ${healthy.join(', ')}` : 'nothing lies upstream');
    return refuse(
      `the link ${cause.link} is unhealthy (${cause.tell}): ${cause.playbook} comes first, ` +
        `and this follows once incident ${incident} is over`,
    );
  },
};
