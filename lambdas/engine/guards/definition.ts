import type { Outcome } from '../../domain/run-record.ts';
import type { Facts } from './facts.ts';

/** When guards are asked: before anything is looked at, before people are asked, right before the lock, right before each sending. */
export type Slot = 'before-diagnosing' | 'before-asking' | 'before-acting' | 'before-sending';

export interface Verdict {
  readonly answer: 'allow' | 'refuse';
  /** For people: what was weighed against what. */
  readonly figures: string;
  /** When the reason is over, as far as that is known; the sweep looks again then. */
  readonly until?: string;
  /** How a run ends that is refused here; by default `refused`. */
  readonly outcome?: Outcome;
}

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
  readonly stops: 'looking' | 'acting';
  judge(facts: Facts): Verdict;
}

export const allow = (figures: string): Verdict => ({ answer: 'allow', figures });
export const refuse = (figures: string, more: Pick<Verdict, 'until' | 'outcome'> = {}): Verdict => ({
  answer: 'refuse',
  figures,
  ...more,
});
