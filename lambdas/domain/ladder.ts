import type { Severity } from './decision.ts';
import type { People, Recipient } from './people.ts';

/** A call of one level to one recipient, as far as deadlines depend on it. */
export interface LevelCall {
  readonly severity: Severity;
  readonly level: number;
  /** Confirmed subscriptions; 0: nobody was there. Null: unknown. */
  readonly confirmed: number | null;
  /** ISO 8601. */
  readonly triedAt: string;
}

export interface Level {
  /** From 1. */
  readonly level: number;
  readonly to: readonly Recipient[];
  /** ISO 8601: when its people are called, as far as is known now. */
  readonly at: string;
  /** ISO 8601: its deadline; for a level without subscribers, when that was found. */
  readonly by: string;
  readonly called: boolean;
}

/**
 * The one rule for deadlines. Each level has the same time, one after the other, from when the
 * incident got its severity; a level without subscribers leads to the next at once.
 */
export function levelsOf(
  { severity, since }: { readonly severity: Severity; readonly since: string },
  calls: readonly LevelCall[],
  { ladders }: Pick<People, 'ladders'>,
): Level[] {
  const { acknowledgeMinutes, rungs } = ladders[severity];
  let at = since;
  return rungs.map((to, i) => {
    const level = i + 1;
    const own = calls.filter((call) => call.severity === severity && call.level === level);
    const [first] = own;
    const isEmpty = own.every(({ confirmed }) => confirmed === 0);
    const by =
      first && isEmpty ? first.triedAt : new Date(Date.parse(at) + acknowledgeMinutes * 60_000).toISOString();
    const one: Level = { level, to, at, by, called: first !== undefined };
    at = by;
    return one;
  });
}

export interface Deadline {
  /** ISO 8601: deadline of the level that is called. */
  readonly by: string;
  /** Nobody is left to be called. */
  readonly passed: boolean;
}

/** Until when somebody must acknowledge. */
export function deadlineOf(levels: readonly Level[], now: Date): Deadline {
  const moment = now.toISOString();
  const current = levels.findLast(({ at }) => at <= moment) ?? levels[0];
  if (!current) throw new TypeError('a ladder has no level; wanted at least one');
  return { by: current.by, passed: current.by <= moment };
}
