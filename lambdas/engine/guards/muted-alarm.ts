import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/** Someone who mutes an alarm is working on it. The sweep checks whether the mute has ended. */
export const mutedAlarm = defineGuard({
  name: 'muted-alarm',
  about: 'People have muted the alarm, or switched its actions off.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting', 'before-sending'],
  blocks: 'diagnosis',
  needs: ['alarm'],
  judge({ alarm }) {
    if (!alarm) return allow('no alarm started this run');
    const { name, mutedBy } = alarm;
    return mutedBy.length === 0
      ? allow(`${name} is not muted`)
      : refuse(`${name} is muted by ${mutedBy.join(', ')}`);
  },
});
