import { TRUST_LEVELS, type PlaybookLimits, type Limits, type Trust } from '../../domain/limits.ts';
import type { Impact } from '../../domain/impact.ts';
import type { Known } from '../../domain/known.ts';
import type { EvidenceBody } from '../../domain/run-record.ts';
import type { Standing } from '../../record/standing.ts';
import type { Conflict } from '../../record/locks.ts';
import type { ApprovalState } from '../../record/approvals.ts';
import type { Opened } from '../../record/write.ts';
import type { ApprovalNeed } from '../approval-need.ts';
import type { Caller, Cause, Mode } from '../../domain/run-request.ts';
import type { Recovery } from '../../catalog/playbooks/definition.ts';
import type { Upstream } from '../upstream.ts';
import type { AlarmNow } from '../../platform/alarm-now.ts';

/** A month that the target or the plan names, as the ledger has it now. */
export interface PeriodNow {
  readonly period: string;
  readonly state: string;
  /** Every action on it says why it may touch a closed one. */
  readonly mayBeClosed: boolean;
}

/** The alarm behind the run, read again; when it is gone, also the business metric. */
export interface AlarmAndMetric extends AlarmNow {
  readonly metric?: Recovery;
  /** Where that check's evidence is kept. */
  readonly evidenceSets?: readonly EvidenceBody[];
}

export interface Setting {
  readonly now: Date;
  readonly cause: Cause;
  /** The proven person through whom the run exists, if there is one. */
  readonly requester: Caller | undefined;
  readonly mode: Mode;
  readonly playbook: string;
  /** Why the configuration has switched it off. */
  readonly off?: string | undefined;
  /** Its locks were granted: the plan has begun, or is about to. */
  readonly granted: boolean;
  readonly all: Limits;
  readonly limits: PlaybookLimits;
}

/** What is collected for guards; each guard names what it needs. */
export interface Facts {
  /** `away`: why nothing can be recorded. */
  readonly ledger: { readonly away: string | undefined };
  /** An earlier run on the same playbook and target: still working, or just ended with people called. */
  readonly otherRun: Opened['otherRun'];
  /** Whether the claimed command is on record. */
  readonly ordered: boolean;
  /** Whether the fault is a symptom; incident and attention are those of its cause. */
  readonly upstream: Pick<Upstream, 'fault' | 'healthy'> & {
    readonly incident: string;
    readonly attended: boolean;
  };
  readonly standing: Standing;
  /** Undefined for a run that was started without an alarm. */
  readonly alarm: AlarmAndMetric | undefined;
  readonly periods: readonly PeriodNow[];
  readonly effect: Impact;
  readonly conflicts: readonly Conflict[];
  /** The run that has changed what the plan touches since this run probed it. */
  readonly changedBy: string | undefined;
  /** Whether people must approve the plan at the current trust level, and what they have said. */
  readonly approval: { readonly need: ApprovalNeed; readonly asked: ApprovalState | undefined };
}

/** What is not collected for this slot is missing. */
export type Collected = { readonly [K in keyof Facts]?: Known<Facts[K]> };

/** The lower one of the record's level and the audit's: what nobody has ordered does not let the machine do more. */
export function trustOf(all: Limits, standing: Pick<Standing, 'trust' | 'auditedTrust'>): Trust {
  const { trust = all.trust.initial, auditedTrust = all.trust.initial } = standing;
  return TRUST_LEVELS.indexOf(trust) < TRUST_LEVELS.indexOf(auditedTrust) ? trust : auditedTrust;
}
