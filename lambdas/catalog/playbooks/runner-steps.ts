/** One run scales by at most so many steps; a queue that is long even then is for people. */
export const MOST_STEPS = 3;
export const MOST_A_STEP = 2;

export interface ScalingStep {
  readonly from: number;
  readonly to: number;
}

/** Steps from `desired` towards `max`: each by at most 2, and by no more than there are. */
export function scalingSteps(desired: number, max: number): readonly ScalingStep[] {
  const steps: ScalingStep[] = [];
  for (let from = desired; from < max && steps.length < MOST_STEPS;) {
    const to = Math.min(max, from + Math.min(MOST_A_STEP, Math.max(1, from)));
    steps.push({ from, to });
    from = to;
  }
  return steps;
}

/** Off-peak hours, UTC: from the evening to the morning. */
export const OFF_PEAK = { from: 20, to: 6 };
/** A queue hides a message no longer. */
const LONGEST_MS = 12 * 3_600_000;

/**
 * When off-peak hours begin, or the latest moment to which a job can be put off; undefined once they
 * have begun.
 */
export function nextOffPeak(now: Date): string | undefined {
  const hour = now.getUTCHours();
  if (hour >= OFF_PEAK.from || hour < OFF_PEAK.to) return undefined;
  const evening = new Date(now);
  evening.setUTCHours(OFF_PEAK.from, 0, 0, 0);
  // A little less: the decision is older than the call.
  return new Date(Math.min(evening.getTime(), now.getTime() + LONGEST_MS - 60_000)).toISOString();
}
