import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** A symptom is not repaired before its cause. */
export const upstream = defineGuard({
  name: 'upstream',
  about: 'The cause lies further up the billing chain, and comes first.',
  slots: ['before-diagnosing'],
  blocks: 'diagnosis',
  needs: ['upstream'],
  judge({ upstream: { fault, healthy, incident, attended } }) {
    if (!fault) return allow(healthy.length > 0 ? `healthy: ${healthy.join(', ')}` : 'nothing lies upstream');
    return refuse(
      `the link ${fault.link} is unhealthy (${fault.tell}): ${fault.playbook} comes first, ` +
        `and this follows once incident ${incident} is over`,
      { then: { kind: 'wait-for', incident, attended } },
    );
  },
});
