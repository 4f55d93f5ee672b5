import type { Severity } from '../domain/decision.ts';
import type { People } from '../domain/people.ts';

export interface Deadline {
  /** ISO 8601: until then the rung that is called has time. */
  readonly by: string;
  /** Nobody is left to be called. */
  readonly passed: boolean;
}

/** Each rung of the ladder has the same time, one after the other, from when the incident got its severity. */
export function deadlineOf(
  { severity, since }: { severity: Severity; since: string | Date },
  { ladders }: Pick<People, 'ladders'>,
  now: Date,
): Deadline {
  const { acknowledgeMinutes, rungs } = ladders[severity];
  const each = acknowledgeMinutes * 60_000;
  const from = new Date(since).getTime();
  const rung = Math.min(Math.max(Math.floor((now.getTime() - from) / each) + 1, 1), rungs.length);
  const by = from + rung * each;
  return { by: new Date(by).toISOString(), passed: by <= now.getTime() };
}
