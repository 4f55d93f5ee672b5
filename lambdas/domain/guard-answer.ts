import { oneLine } from './foreign-text.ts';
import type { Target } from './run-request.ts';
import type { Outcome } from './outcome.ts';

/**
 * When guards are checked: before the diagnosis, before asking people, before taking the lock, before
 * each sending.
 */
export type Slot = 'before-diagnosing' | 'before-asking' | 'before-acting' | 'before-sending';

/** What a refusal before the diagnosis blocks. */
export type Blocks = 'diagnosis' | 'action';

/** What follows from a refusal, or from an alarm that stands on. */
export type Consequence =
  /** Another run is working on the same target, and does what this one would. */
  | { readonly kind: 'join'; readonly run: string }
  /** Another run follows when the upstream incident is over; `attended`: its playbook has had a run already. */
  | { readonly kind: 'wait-for'; readonly incident: string; readonly attended: boolean }
  /** This target is done; the alarm stands for another one, which is next. */
  | { readonly kind: 'next'; readonly target: Target };

interface Remarks {
  /** When the reason is over, if that is known; the sweep checks again then. */
  readonly until?: string;
  /** How a refused run ends; `refused` by default. */
  readonly outcome?: Outcome;
  readonly then?: Consequence;
}

export interface Verdict extends Remarks {
  readonly answer: 'allow' | 'refuse';
  /** For people: the values that were compared. */
  readonly figures: string;
}

/** All guards of a run together stay far below a checkpoint's 256 KiB, whatever a person gave as reason. */
export const LONGEST_FIGURES = 1_500;

export const allow = (figures: string): Verdict => ({
  answer: 'allow',
  figures: oneLine(figures, LONGEST_FIGURES),
});

export const refuse = (figures: string, remarks: Remarks = {}): Verdict => ({
  answer: 'refuse',
  figures: oneLine(figures, LONGEST_FIGURES),
  ...remarks,
});

/** A guard's answer, as recorded and as the engine uses it. */
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
