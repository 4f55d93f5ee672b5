import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/**
 * Deliveries are late, and faults heal. Alarm and metric healthy: nothing to do. Only the alarm
 * healthy: the run goes on.
 */
export const staleAlarm = defineGuard({
  name: 'stale-alarm',
  about: 'The alarm is gone, and the business metric is healthy.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting'],
  blocks: 'diagnosis',
  needs: ['alarm'],
  judge({ alarm }) {
    if (!alarm) return allow('no alarm started this run');
    const { name, state, since, metric } = alarm;
    if (state === 'missing') return refuse(`there is no alarm ${name} any more`);
    const figures = `${name} is ${state} since ${since}`;
    if (state !== 'OK') return allow(figures);
    if (!metric) throw new Error(`${figures}, and the business metric was not looked at`);
    return metric.healthy
      ? refuse(`${figures}, and healthy: ${metric.summary}`, { outcome: 'self-healed' })
      : allow(`${figures}, but not healthy: ${metric.summary}`);
  },
});
