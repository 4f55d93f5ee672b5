import type { Blocks, Slot, Verdict } from '../../domain/guard-answer.ts';
import type { Facts, Setting } from './facts.ts';

/** A reason not to act now. Pure: it judges collected facts. */
export interface Guard<Need extends keyof Facts = keyof Facts> {
  readonly name: string;
  /** One sentence for people: what it prevents. */
  readonly about: string;
  readonly slots: readonly Slot[];
  /** When only the action is blocked, the diagnosis is still made, so that people have the evidence. */
  readonly blocks: Blocks;
  /**
   * It is also asked about each independent action by itself: those that it refuses go to people, and the others are
   * done. It needs nothing but what is collected about one action.
   */
  readonly weighsEach?: true;
  /** It gets only these facts. While one of them is unknown, it refuses. */
  readonly needs: readonly Need[];
  judge(given: Setting & Pick<Facts, Need>): Verdict;
}

export const defineGuard = <Need extends keyof Facts>(guard: Guard<Need>): Guard<Need> => guard;
