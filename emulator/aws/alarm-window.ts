import type { ComparisonOperator } from '@aws-sdk/client-cloudwatch';
import type { Datapoint } from './alarm-evaluation.ts';

export const MINUTE_MS = 60_000;

/** One period of an alarm: `[start, end)`, milliseconds since the epoch. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/** The last full minute: alarms are evaluated then, and the newest window ends there. */
export const minuteOf = (moment: Date): number => Math.floor(moment.getTime() / MINUTE_MS) * MINUTE_MS;

/**
 * The periods that an alarm looks at, oldest first. By default CloudWatch's evaluation window
 * *slides*: it moves with each evaluation, every minute, and is not aligned to multiples of the
 * period (user guide, "Alarm
 * evaluation window"). So a five-minute alarm evaluated at 14:03 sees 13:58–14:03, a value of 14:02 counts
 * at 14:03, and under `Minimum` a repair shows one evaluation after it was measured. The minute that is still
 * running is left out. AWS adds seconds of ingestion delay, which the emulator does not.
 */
export function slidingPeriods(now: Date, periodSeconds: number, count: number): Period[] {
  const length = periodSeconds * 1000;
  const end = minuteOf(now);
  return Array.from({ length: count }, (_, i) => {
    const start = end - (count - i) * length;
    return { start, end: start + length };
  });
}

/** The four operators of static thresholds; the other ones belong to anomaly detection. */
export const COMPARISONS = {
  GreaterThanThreshold: { words: 'greater than', breaches: (value: number, limit: number) => value > limit },
  GreaterThanOrEqualToThreshold: {
    words: 'greater than or equal to',
    breaches: (value: number, limit: number) => value >= limit,
  },
  LessThanThreshold: { words: 'less than', breaches: (value: number, limit: number) => value < limit },
  LessThanOrEqualToThreshold: {
    words: 'less than or equal to',
    breaches: (value: number, limit: number) => value <= limit,
  },
} satisfies Partial<Record<ComparisonOperator, unknown>>;

export type StaticComparison = keyof typeof COMPARISONS;

export function judge(value: number | undefined, operator: StaticComparison, threshold: number): Datapoint {
  if (value === undefined) return 'missing';
  return COMPARISONS[operator].breaches(value, threshold) ? 'breaching' : 'ok';
}
