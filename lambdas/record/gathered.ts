import type { DecisionOnRecord, Severity } from '../domain/decision.ts';
import type { Delivery } from '../domain/delivery.ts';
import type { EscalationMessage } from '../domain/escalation-message.ts';
import type { Cause, Target } from '../domain/run-request.ts';
import type { GuardRecord } from '../domain/guard-answer.ts';
import type { Outcome } from '../domain/outcome.ts';

/**
 * Everything on record about one episode, as plain JSON: moments are ISO 8601 in UTC with
 * milliseconds, durations whole seconds, money decimal text.
 */
export interface Gathered {
  readonly incident: string;
  readonly episode: number;
  readonly playbook: string;
  readonly target: Target;
  /** The highest that it had. */
  readonly severity: Severity;
  readonly openedAt: string;
  readonly openedByRun: string;
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly closedAt: string;
  /** A run's id, or a person. */
  readonly closedBy: string | null;
  readonly jiraKey: string | null;
  readonly durations: Durations;
  readonly effect: GatheredEffect;
  readonly runs: readonly GatheredRun[];
  readonly told: readonly GatheredTold[];
  /** The episode's part of the incident's chain, without entries about postmortems. */
  readonly audit: readonly GatheredEntry[];
}

/** In seconds; null where one of the two moments is not on record. */
export interface Durations {
  /** From the first alarm's change to the closing. */
  readonly fault: number | null;
  readonly firstAlarmAt: string | null;
  readonly toAcknowledge: number | null;
  /** From the opening to the first action that was sent. */
  readonly toFirstAction: number | null;
  /** From the opening to the closing. */
  readonly toResolve: number;
}

/** What all plans that began would change at most. */
export interface GatheredEffect {
  readonly plans: number;
  readonly rows: number;
  readonly usd: string;
  readonly tenants: readonly string[];
  /** Of these, the plans that were carried out and proven. */
  readonly proven: { readonly plans: number; readonly rows: number; readonly usd: string };
}

export interface GatheredRun {
  readonly run: string;
  readonly playbook: string;
  readonly target: Target;
  readonly cause: Cause;
  readonly openedAt: string;
  readonly endedAt: string | null;
  readonly claimedAt: string | null;
  readonly outcome: Outcome | null;
  readonly why: string | null;
  readonly decision: DecisionOnRecord | null;
  readonly planSha256: string | null;
  readonly joinedRun: string | null;
  readonly waitsFor: string | null;
  readonly steps: readonly GatheredStep[];
  readonly guards: readonly GuardRecord[];
  readonly evidence: readonly GatheredEvidence[];
  readonly approval: GatheredApproval | null;
}

export interface GatheredStep {
  readonly name: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** For people. */
  readonly tell: string;
  /** Of a diagnosis: the finding, probe by probe. */
  readonly told: readonly { readonly probe: string; readonly question: string; readonly tell: string }[];
  /** Keys of its evidence. */
  readonly evidence: readonly string[];
  /** Of a wait for an action. */
  readonly state: string | null;
  /** Of a message to people. */
  readonly delivery: Delivery | null;
  /** The tries ran out. */
  readonly gaveUp: boolean;
}

export interface GatheredEvidence {
  readonly key: string;
  readonly probe: string;
  readonly source: string;
  readonly rowCount: number;
  readonly sha256: string;
  readonly takenAt: string;
}

export interface GatheredApproval {
  readonly id: string;
  readonly state: string;
  readonly people: number;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly decidedAt: string | null;
  readonly why: string | null;
  readonly approvers: readonly { readonly person: string; readonly at: string }[];
}

export interface GatheredTold {
  readonly message: EscalationMessage;
  readonly recipient: string;
  readonly dueAt: string;
  readonly toldAt: string | null;
  /** From deadline to sending; null: not sent. */
  readonly lateSeconds: number | null;
  readonly confirmed: number | null;
  readonly tries: number;
  readonly why: string | null;
}

export interface GatheredEntry {
  readonly seq: number;
  readonly key: string;
  readonly at: string;
  readonly kind: string;
  /** As hashed: JSON with sorted keys. */
  readonly body: string;
  readonly hash: string;
}
