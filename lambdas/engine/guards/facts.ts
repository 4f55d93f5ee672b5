import type { PlaybookLimits, Limits, Trust } from '../../domain/limits.ts';
import type { Impact } from '../../domain/impact.ts';
import type { Known } from '../../domain/known.ts';
import type { Standing } from '../../record/standing.ts';
import type { Conflict } from '../../record/locks.ts';
import type { ApprovalState } from '../../record/approvals.ts';
import type { Opened } from '../../record/write.ts';
import type { ApprovalNeed } from '../approval-need.ts';
import type { Cause, Mode } from '../../domain/run-request.ts';
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

/** The alarm behind the run, read again; when it is gone, the business metric, too. */
export interface AlarmAndMetric extends AlarmNow {
  readonly metric?: Recovery;
  /** Under which the evidence of that look was kept. */
  readonly evidenceSet?: string;
}

/** What every guard may weigh: nobody needs to be asked for it. */
export interface Setting {
  readonly now: Date;
  readonly cause: Cause;
  readonly mode: Mode;
  readonly playbook: string;
  /** Its locks were granted: the plan has been begun, or is about to be. */
  readonly granted: boolean;
  readonly all: Limits;
  /** Of this playbook. */
  readonly limits: PlaybookLimits;
}

/** What is found out for guards; a guard says which of it it needs. */
export interface Facts {
  /** `away`: why nothing can be recorded. */
  readonly ledger: { readonly away: string | undefined };
  /** A run on the same playbook and target that came before this one: at work, or just ended with people called. */
  readonly otherRun: Opened['otherRun'];
  /** Whether the command that the request claims is on record. */
  readonly ordered: boolean;
  /** Whether the fault is a symptom; incident and attention are those of its cause. */
  readonly upstream: Pick<Upstream, 'fault' | 'healthy'> & {
    readonly incident: string;
    readonly attended: boolean;
  };
  readonly standing: Standing;
  /** Undefined where people or the sweep's cause started the run, without an alarm. */
  readonly alarm: AlarmAndMetric | undefined;
  readonly periods: readonly PeriodNow[];
  readonly effect: Impact;
  readonly conflicts: readonly Conflict[];
  /** The run that has written what the plan touches since this one looked at it. */
  readonly changedBy: string | undefined;
  /** Whether people must approve of the plan, as the playbook stands now, and what they have said. */
  readonly approval: { readonly need: ApprovalNeed; readonly asked: ApprovalState | undefined };
}

/** The facts of a slot, as far as they are known. What is not collected for it is missing. */
export type Collected = { readonly [K in keyof Facts]?: Known<Facts[K]> };

export const trustOf = (all: Limits, { trust }: Pick<Standing, 'trust'>): Trust => trust ?? all.trust.initial;
