import type { Guard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';
import { trustOf } from './facts.ts';

/** In the shadow a playbook is rehearsed on every alarm, and compared with what people then did. */
export const trust: Guard = {
  name: 'trust',
  about: 'The playbook is only rehearsed until a person raises it.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting', 'before-sending'],
  stops: 'acting',
  judge(facts) {
    const rung = trustOf(facts);
    const figures = `${facts.playbook} stands on "${rung}"`;
    return rung === 'shadow' ? refuse(figures, { outcome: 'rehearsed' }) : allow(figures);
  },
};
