import type { Impact } from '../domain/impact.ts';
import type { Trust } from '../domain/limits.ts';
import type { Answer, Consequence } from '../domain/guard-answer.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Act, Decision } from '../domain/decision.ts';
import type { Target } from '../domain/run-request.ts';
import type { Findings } from './run-probes.ts';
import type { UpstreamFault } from './upstream.ts';

/** How a run ended: one of the outcomes, and why in words with figures. */
export interface RunResult {
  readonly outcome: Outcome;
  readonly why: string;
  /** ISO 8601: when the reason of a refusal is over, as far as that is known. */
  readonly lookAgainAt?: string;
  /** What follows from a refusal. */
  readonly then?: Consequence;
}

/** How a run ends that a guard refuses. */
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

/** The run goes no further than this; no stage takes it. */
export type Ended<Link> = Omit<Link, 'end'> & { readonly end: RunResult };

/** What is known from the request alone. */
export interface Begun {
  readonly target: Target;
  /** By its name the incident is known before it is on record. */
  readonly incident: string;
  readonly end?: never;
}

/** The run has begun to count: in an incident, and on record, unless the ledger is away. */
export interface Opened extends Begun {
  /** ISO 8601. */
  readonly openedAt: string;
  readonly onRecord: boolean;
  /** The fault that this one is a symptom of: the run belongs to its incident. */
  readonly cause?: UpstreamFault;
  /** The incident was open before: another run has opened it. */
  readonly joined: boolean;
  /** How often the incident has been open within a day, this time included; known when this run has opened it. */
  readonly episode?: number;
  /** The playbook's, as far as the ledger said. */
  readonly trust?: Trust;
  /** Plans of the playbook that did not help, one after the other, before this run. */
  readonly inARow?: number;
}

export interface Diagnosed extends Opened {
  readonly findings: Findings;
}

export interface Decided extends Diagnosed {
  readonly decision: Decision;
}

/** There is something to be done. */
export interface Planned extends Decided {
  readonly decision: Act;
  /** Foreseen for the whole plan. */
  readonly effect?: Impact;
}

/** Locks and intent are on record: from here on something may have been done. */
export interface Granted extends Planned {
  readonly fence: string;
}

/** Every action of the plan has succeeded; whether it has helped is to be proven. */
export type CarriedOut = Granted;

/** As much of the chain as there is. */
export type RunState = Omit<Begun, 'end'> &
  Partial<Omit<Granted, 'decision' | 'end'>> & { readonly decision?: Decision };

/** What a run reports on, wherever it has ended. */
export type EndedRun = RunState & { readonly end: RunResult };
