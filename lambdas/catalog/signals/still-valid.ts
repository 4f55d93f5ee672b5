import type { Signal } from './definition.ts';

/** The newest value that is kept of a signal. */
export interface KeptValue {
  readonly metric: string;
  readonly value: number;
  readonly measuredAt: Date;
}

interface Circumstances {
  readonly now: Date;
  readonly slowSeconds: number;
  /** Whether an alarm of the metric may go off by the value, or stands by it. */
  readonly breaches: (metric: string, value: number) => boolean;
}

/** The schedule is not exact: one that comes early must not wait for the one after it. */
const TOLERANCE_MS = 60_000;

/**
 * By metric: the slow signals that need not be measured now, with the value to publish for them. Published as often as
 * the others, they need no other alarms. A value that breaches is measured each time: several datapoints in a row are
 * several measurements, and a repair shows at once. Pure: its test is a table.
 */
export function stillValid(
  signals: readonly Pick<Signal, 'metric' | 'slow'>[],
  kept: readonly KeptValue[],
  { now, slowSeconds, breaches }: Circumstances,
): ReadonlyMap<string, KeptValue> {
  const slow = new Set(signals.filter((signal) => signal.slow).map(({ metric }) => metric));
  return new Map(
    kept
      .filter(({ metric, value, measuredAt }) => {
        const age = now.getTime() - measuredAt.getTime();
        const isRecent = age >= 0 && age < slowSeconds * 1_000 - TOLERANCE_MS;
        return slow.has(metric) && isRecent && !breaches(metric, value);
      })
      .map((one) => [one.metric, one]),
  );
}
