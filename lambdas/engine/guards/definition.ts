import type { Blocks, Slot, Verdict } from '../../domain/guard-answer.ts';
import type { Facts, Setting } from './facts.ts';

/** A reason not to act now. Pure: it judges facts that have been found out. */
export interface Guard<Need extends keyof Facts = keyof Facts> {
  readonly name: string;
  /** One sentence for people: what it keeps from happening. */
  readonly about: string;
  readonly slots: readonly Slot[];
  /** The diagnosis is made all the same where only the action is blocked, so that people have the evidence in hand. */
  readonly blocks: Blocks;
  /** It is given these facts and no others. While one of them is unknown the guard is not asked: it refuses. */
  readonly needs: readonly Need[];
  judge(given: Setting & Pick<Facts, Need>): Verdict;
}

/** Defines a guard, with the facts that it may weigh taken from `needs`. */
export const defineGuard = <Need extends keyof Facts>(guard: Guard<Need>): Guard<Need> => guard;
