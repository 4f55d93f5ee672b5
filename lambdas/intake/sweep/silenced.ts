import type { AnyPlaybook, AlarmDeclaration } from '../../catalog/playbooks/definition.ts';
import { breaches } from '../../catalog/playbooks/breaches.ts';
import type { Alarm } from '../../domain/alarm.ts';
import { exactMoment, number } from '../../domain/words.ts';
import type { Measurement } from '../../record/measurements.ts';
import type { SweepState } from './sweep.ts';

/** An alarm that ought to stand by what we measured, and does not. */
export type Silenced = SweepState['standing'][number] & { readonly metric: string };

export interface Measured {
  readonly now: Date;
  readonly playbooks: readonly Pick<AnyPlaybook, 'id' | 'alarms'>[];
  readonly standing: SweepState['standing'];
  /** Newest first. */
  readonly measurements: readonly Measurement[];
  readonly place: Pick<Alarm, 'account' | 'region'>;
}

const MINUTE_MS = 60_000;
/** For CloudWatch to take in what was published, and to evaluate it. */
const LATE_MS = 10 * MINUTE_MS;

/**
 * Alarms on whose metric the signals function has measured nothing but breaches for as long as the alarm
 * evaluates, and longer: the metric is not what was measured, for others have written into it, or it never
 * arrived. Pure: its test is a table.
 */
export function silencedAlarms({ now, playbooks, standing, measurements, place }: Measured): Silenced[] {
  const stands = new Set(standing.map(({ alarm }) => alarm.name));
  return playbooks.flatMap(({ id: playbook, alarms }) =>
    alarms.flatMap((declared): Silenced[] => {
      if (stands.has(declared.name)) return [];
      const breach = unbrokenBreach(
        declared,
        measurements.filter(({ metric }) => metric === declared.metric),
        now,
      );
      if (!breach) return [];
      const { since, value } = breach;
      const { name, metric } = declared;
      const reason =
        `The metric is not what was measured: ${metric} is ${number(value)} and has breached since ` +
        `${exactMoment(since)}, but the alarm does not stand.`;
      const alarm: Alarm = {
        name,
        ...place,
        kind: 'metric',
        state: 'ALARM',
        changedAt: since.toISOString(),
        reason,
      };
      return [{ alarm, playbook, metric }];
    }),
  );
}

function unbrokenBreach(
  alarm: AlarmDeclaration,
  measured: readonly Measurement[],
  now: Date,
): { since: Date; value: number } | undefined {
  const { periodMinutes, datapoints, statistic } = alarm;
  // It counts samples, and what was measured is no matter.
  if (statistic === 'SampleCount') return undefined;
  const end = measured.findIndex(({ value }) => !breaches(alarm, value));
  const unbroken = end < 0 ? measured : measured.slice(0, end);
  const [newest, oldest] = [unbroken[0], unbroken.at(-1)];
  if (!newest || !oldest) return undefined;
  const periodMs = periodMinutes * MINUTE_MS;
  // Signals that stop are another fault, with an alarm of its own.
  if (now.getTime() - newest.at.getTime() > periodMs + LATE_MS) return undefined;
  if (now.getTime() - oldest.at.getTime() < datapoints.outOf * periodMs + LATE_MS) return undefined;
  const periods = new Set(unbroken.map(({ at }) => Math.floor(at.getTime() / periodMs)));
  return periods.size < datapoints.breaching ? undefined : { since: oldest.at, value: newest.value };
}
