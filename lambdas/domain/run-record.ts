import type { GuardRecord } from './guard-answer.ts';
import type { Outcome } from './outcome.ts';
import type { DecisionOnRecord, Severity } from './decision.ts';
import type { RunRequest, Target } from './run-request.ts';
import { limitsOf, type Limited, type Limits, type Trust } from './limits.ts';
import type { Impact } from './impact.ts';

/** What is known of a run when it opens. */
export interface RunOpening {
  readonly request: RunRequest;
  readonly target: Target;
  readonly severity: Severity;
  readonly executionArn: string;
  /** ISO 8601. */
  readonly openedAt: string;
  /** The fault that this one is a symptom of: the run belongs to its incident. */
  readonly cause?: { readonly playbook: string; readonly target: Target };
}

export interface StepRecord {
  readonly name: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** One line for people, with figures. */
  readonly tell: string;
  readonly detail: unknown;
}

/** `rows` are bounded; `rowCount` and `sha256` cover all. */
export interface EvidenceRecord {
  readonly key: string;
  readonly probe: string;
  readonly source: string;
  readonly query: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly rows: readonly unknown[];
  readonly rowCount: number;
  readonly sha256: string;
  readonly takenAt: string;
}

/** An object of the record bucket with one phase's evidence. */
export interface EvidenceBody {
  /** e.g. `evidence/<run>/before.json` */
  readonly key: string;
  /** Hex, over the object's bytes. */
  readonly sha256: string;
}

/** Whether the playbook's breaker opens at the end of a run, and its first trust level. */
export interface BreakerLimit {
  readonly after: number;
  readonly initialTrust: Trust;
}

export const breakerLimit = (playbook: Limited, limits: Limits): BreakerLimit => ({
  after: limitsOf(limits, playbook).breakerAfter,
  initialTrust: limits.trust.initial,
});

/** Everything known of a run at its end; what was written before is written again. */
export interface RunEnding {
  readonly outcome: Outcome;
  readonly why: string;
  readonly endedAt: string;
  readonly decision?: DecisionOnRecord;
  readonly finding?: unknown;
  /** Certainly nothing of the plan began: the run gives back its claim. */
  readonly nothingBegan?: true;
  readonly joinedRun?: string;
  readonly waitsFor?: { readonly incident: string };
  /** ISO 8601: when the reason for a refusal is over. */
  readonly lookAgainAt?: string;
  readonly impact?: Impact;
  /** Where its evidence is, for the audit. */
  readonly bodies?: readonly EvidenceBody[];
  readonly breaker: BreakerLimit;
  /** Its target is healthy, though its alarm stands for another one: the incident is over. */
  readonly isOver?: boolean;
  /** What it was about, for later checks of an alarm that stands; `concerns` null: nothing was found out. */
  readonly about?: {
    readonly concerns: readonly string[] | null;
    readonly repeats: boolean;
    readonly severity: Severity;
  };
  readonly steps: readonly StepRecord[];
  readonly guards: readonly GuardRecord[];
  readonly operations: number;
  readonly ledgerWrites: number;
}

/** With keys in a fixed order: the same target has the same key everywhere. */
export const targetKey = (target: Target): string =>
  Object.entries(target)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** Derived, so that an incident has its name even while the ledger does not answer. */
export const incidentOf = (openingRun: string): string => `INC-${openingRun}`;
