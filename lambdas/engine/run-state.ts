import type { Impact } from '../domain/impact.ts';
import type { Trust } from '../domain/limits.ts';
import type { Answer, Consequence } from '../domain/guard-answer.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { LastEnd } from '../record/last-ends.ts';
import type { IncidentKnown } from '../record/write.ts';
import type { Act, Decision } from '../domain/decision.ts';
import type { Target } from '../domain/run-request.ts';
import type { Findings } from './run-probes.ts';
import type { UpstreamFault } from './upstream.ts';

/** One of the outcomes, and why, with figures. */
export interface RunResult {
  readonly outcome: Outcome;
  readonly why: string;
  /** ISO 8601: when the reason for a refusal is over, if known. */
  readonly lookAgainAt?: string;
  readonly then?: Consequence;
}

export const refusedBy = ({ guard, figures, outcome = 'refused', until, then }: Answer): RunResult => ({
  outcome,
  why: outcome === 'self-healed' ? figures : `guard ${guard}: ${figures}`,
  ...(until !== undefined && { lookAgainAt: until }),
  ...(then && { then }),
});

/*
 * How far a run has come, as a chain: each stage is given the link before, and adds what it alone knows.
 *
 *   Begun → Opened → Diagnosed → Decided → Planned → Granted → CarriedOut, which is then proven
 */

/** The run ends here; no stage takes it. */
export type Ended<Link> = Omit<Link, 'end'> & { readonly end: RunResult };

/** Known from the request alone. */
export interface Begun {
  readonly target: Target;
  /** Derived, so it is known before the incident is on record. */
  readonly incident: string;
  readonly end?: never;
}

/** The run is part of an incident, and on record unless the ledger is unavailable. */
export interface Opened extends Begun {
  /** ISO 8601. */
  readonly openedAt: string;
  readonly onRecord: boolean;
  /** The fault that this one is a symptom of: the run belongs to its incident. */
  readonly cause?: UpstreamFault;
  /** Another run had opened the incident. */
  readonly joined: boolean;
  /** The incident as it stood when the run joined it; unknown without the ledger. */
  readonly known?: IncidentKnown;
  /** How often the incident has been open within a day, including now; known when this run has opened it. */
  readonly episode?: number;
  /** If the ledger answered. */
  readonly trust?: Trust;
  /** How the last run about the target ended, of which people know: for an alarm that still stands. */
  readonly last?: Pick<LastEnd, 'outcome' | 'concerns'>;
  /** Plans of the playbook in a row, before this run, that did not help. */
  readonly inARow?: number;
}

export interface Diagnosed extends Opened {
  readonly findings: Findings;
}

export interface Decided extends Diagnosed {
  readonly decision: Decision;
}

/** There is something to do. */
export interface Planned extends Decided {
  readonly decision: Act;
  /** For the whole plan. */
  readonly effect?: Impact;
  /** FinOps were asked to approve it, as well as SRE. */
  readonly askedFinops?: true;
  /** The people who approved it. */
  readonly approvedBy?: readonly string[];
}

/** Locks and intent are on record: from here on something may have changed. */
export interface Granted extends Planned {
  readonly fence: string;
}

/** Every action of the plan succeeded; whether it helped is still to be proven. */
export type CarriedOut = Granted;

/** As much of the chain as there is. */
export type RunState = Omit<Begun, 'end'> &
  Partial<Omit<Granted, 'decision' | 'end'>> & { readonly decision?: Decision };

/** What a run reports, wherever it ended. */
export type EndedRun = RunState & { readonly end: RunResult };
