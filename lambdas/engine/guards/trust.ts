import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';
import { trustOf } from './facts.ts';

/** In shadow mode a playbook is rehearsed on every alarm, and compared with what people did. */
export const trust = defineGuard({
  name: 'trust',
  about: 'The playbook is only rehearsed until a person raises it.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting', 'before-sending'],
  blocks: 'action',
  needs: ['standing'],
  judge({ all, standing, playbook }) {
    const level = trustOf(all, standing);
    const figures = `the trust level of ${playbook} is "${level}"`;
    return level === 'shadow' ? refuse(figures, { outcome: 'rehearsed' }) : allow(figures);
  },
});
