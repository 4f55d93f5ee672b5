import type { PlaybookLimits, Limits, Trust } from '../../domain/limits.ts';
import type { Impact } from '../../domain/impact.ts';
import type { Standing } from '../../record/standing.ts';
import type { Conflict } from '../../record/locks.ts';
import type { ApprovalState } from '../../record/approvals.ts';
import type { Opened } from '../../record/write.ts';
import type { ApprovalNeed } from '../approval-need.ts';
import type { Cause, Mode } from '../../domain/run-request.ts';
import type { Upstream } from '../upstream.ts';
import type { AlarmNow } from '../alarm-now.ts';

/** A month that the target or the plan names, as the ledger has it now. */
export interface PeriodNow {
  readonly period: string;
  readonly state: string;
  /** Every action on it says why it may touch a closed one. */
  readonly mayBeClosed: boolean;
}

/** The alarm behind the run, read again; when it is gone, the business metric, too. */
export interface AlarmAndMetric extends AlarmNow {
  readonly metric?: { readonly healthy: boolean; readonly summary: string };
  /** Under which the evidence of that look was kept. */
  readonly phase?: string;
}

/** A fact that was gathered, or throws why it could not be. */
export type Fact<T> = () => T;

/** All that guards weigh. What a slot does not gather throws when it is asked for. */
export interface Facts {
  readonly now: Date;
  readonly cause: Cause;
  readonly mode: Mode;
  readonly playbook: string;
  /** Its locks were granted: the plan has been begun, or is about to be. */
  readonly granted: boolean;
  readonly all: Limits;
  /** Of this playbook. */
  readonly limits: PlaybookLimits;
  /** A run on the same playbook and target that came before this one: at work, or just ended with people called. */
  readonly otherRun: Fact<Opened['otherRun']>;
  /** Whether the command that the request claims is on record. */
  readonly ordered: Fact<boolean>;
  /** Whether the fault is a symptom; `incident` is the cause's. */
  readonly upstream: Fact<Upstream & { readonly incident: string }>;
  readonly standing: Fact<Standing>;
  /** Undefined where people or the sweep's cause started the run, without an alarm. */
  readonly alarm: Fact<AlarmAndMetric | undefined>;
  readonly periods: Fact<readonly PeriodNow[]>;
  readonly effect: Fact<Impact>;
  readonly conflicts: Fact<readonly Conflict[]>;
  /** Whether people must approve of the plan, as the playbook stands now, and what they have said. */
  readonly approval: Fact<{ readonly need: ApprovalNeed; readonly asked: ApprovalState | undefined }>;
}

/** Of facts that nobody gathered: a guard that asks for one in the wrong slot refuses. */
export const ungathered =
  (what: string): Fact<never> =>
  () => {
    throw new TypeError(`${what} is not gathered in this slot`);
  };

export const trustOf = ({ all, standing }: Pick<Facts, 'all' | 'standing'>): Trust =>
  standing().trust ?? all.trust.initial;
