import type { Outcome } from './outcome.ts';

/** When guards are asked: before anything is looked at, before people are asked, right before the lock, right before each sending. */
export type Slot = 'before-diagnosing' | 'before-asking' | 'before-acting' | 'before-sending';

/** What a refusal before the diagnosis blocks: the diagnosis itself, or only the action. */
export type Blocks = 'diagnosis' | 'action';

/** What follows from a refusal, besides the run's end. */
export type Consequence =
  /** Another run is at work on the same, and does what this one would. */
  | { readonly kind: 'join'; readonly run: string }
  /** Another run follows once the incident upstream is over; `attended`: its playbook has had a run already. */
  | { readonly kind: 'wait-for'; readonly incident: string; readonly attended: boolean };

/** What a guard says besides yes or no. */
interface Remarks {
  /** When the reason is over, as far as that is known; the sweep looks again then. */
  readonly until?: string;
  /** How a run ends that is refused here; by default `refused`. */
  readonly outcome?: Outcome;
  readonly then?: Consequence;
}

export interface Verdict extends Remarks {
  readonly answer: 'allow' | 'refuse';
  /** For people: what was weighed against what. */
  readonly figures: string;
}

export const allow = (figures: string): Verdict => ({ answer: 'allow', figures });

export const refuse = (figures: string, remarks: Remarks = {}): Verdict => ({
  answer: 'refuse',
  figures,
  ...remarks,
});

/** A guard's answer, as it is recorded and as the engine goes by it. */
export interface Answer extends GuardRecord, Remarks {
  readonly blocks: Blocks;
}

export interface GuardRecord {
  readonly slot: Slot;
  readonly guard: string;
  readonly answer: 'allow' | 'refuse';
  readonly figures: string;
  readonly checkedAt: string;
}
