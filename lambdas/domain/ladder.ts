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
 * incident got its severity; a level without subscribers leads to the next at once. Then all levels are
 * called again, as often as `repeat` says, ever slower down to hourly; there every level has its time, or
 * a ladder without subscribers would be climbed without end in a moment.
 */
export function levelsOf(
  { severity, since }: { readonly severity: Severity; readonly since: string },
  calls: readonly LevelCall[],
  { ladders }: Pick<People, 'ladders'>,
): Level[] {
  const { acknowledgeMinutes, rungs, repeat } = ladders[severity];
  const highest = Math.max(0, ...calls.flatMap((call) => (call.severity === severity ? [call.level] : [])));
  // Of those without end, as far as is needed: one round more than is called.
  const rounds = repeat === 'until acknowledged' ? Math.ceil(highest / rungs.length) + 2 : repeat + 1;
  let at = since;
  return Array.from({ length: rounds }, () => rungs)
    .flat()
    .map((to, i) => {
      const level = i + 1;
      const round = Math.floor(i / rungs.length);
      const own = calls.filter((call) => call.severity === severity && call.level === level);
      const [first] = own;
      const isEmpty = round === 0 && own.every(({ confirmed }) => confirmed === 0);
      const minutes = Math.min(
        acknowledgeMinutes * 2 ** Math.max(0, round - 1),
        Math.max(acknowledgeMinutes, 60),
      );
      const by = first && isEmpty ? first.triedAt : new Date(Date.parse(at) + minutes * 60_000).toISOString();
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
