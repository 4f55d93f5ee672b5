import type { Slot, Stops, Verdict } from '../../domain/guard-answer.ts';
import type { Facts } from './facts.ts';

/**
 * A reason not to act now. `judge` is pure: everything that it weighs has been gathered, and a fact that could not be
 * gathered throws when it is asked for. Then the guard refuses: fail closed.
 */
export interface Guard {
  readonly name: string;
  /** One sentence for people: what it keeps from happening. */
  readonly about: string;
  readonly slots: readonly Slot[];
  /**
   * `looking`: refused before the diagnosis, nothing is looked at. `acting`: the diagnosis is made all the same, so that
   * whoever is called has the evidence in hand.
   */
  readonly stops: Stops;
  judge(facts: Facts): Verdict;
}
