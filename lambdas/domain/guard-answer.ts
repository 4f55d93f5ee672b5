import type { Outcome } from './outcome.ts';

/** When guards are asked: before anything is looked at, before people are asked, right before the lock, right before each sending. */
export type Slot = 'before-diagnosing' | 'before-asking' | 'before-acting' | 'before-sending';

/** What a refusal before the diagnosis keeps from happening: the diagnosis itself, or only the acting. */
export type Stops = 'looking' | 'acting';

export interface Verdict {
  readonly answer: 'allow' | 'refuse';
  /** For people: what was weighed against what. */
  readonly figures: string;
  /** When the reason is over, as far as that is known; the sweep looks again then. */
  readonly until?: string;
  /** How a run ends that is refused here; by default `refused`. */
  readonly outcome?: Outcome;
}

export const allow = (figures: string): Verdict => ({ answer: 'allow', figures });

export const refuse = (figures: string, more: Pick<Verdict, 'until' | 'outcome'> = {}): Verdict => ({
  answer: 'refuse',
  figures,
  ...more,
});

/** A guard's answer, as it is recorded and as the engine goes by it. */
export interface Answer extends GuardRecord, Pick<Verdict, 'until' | 'outcome'> {
  readonly stops: Stops;
}

export interface GuardRecord {
  readonly slot: Slot;
  readonly guard: string;
  readonly answer: 'allow' | 'refuse';
  readonly figures: string;
  readonly checkedAt: string;
}
