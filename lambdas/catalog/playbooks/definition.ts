import type * as z from 'zod';
import type { Titled } from '../../domain/alarm.ts';
import type { ActionDefinition } from '../actions/definition.ts';
import type { Branches, Decision, Severity } from '../../domain/decision.ts';
import type { ProbeContext, ProbeDefinition } from '../probes/definition.ts';
import type { SomeLimits } from '../../domain/limits.ts';
import type { Outcome } from '../../domain/outcome.ts';

/**
 * An alarm as its playbook declares it; CDK builds it. The metric is in namespace `CommercialOps`,
 * without dimensions: the worst value over all of them.
 */
export interface AlarmDeclaration extends Titled {
  readonly metric: string;
  readonly threshold: { readonly above: number } | { readonly below: number };
  readonly severity: Severity;
  readonly periodMinutes: number;
  /** `Minimum` for "above" and `Maximum` for "below": a repair shows within its period. */
  readonly statistic: 'Minimum' | 'Maximum' | 'SampleCount';
  /** Of the last `outOf` periods, `breaching` must be over the threshold. */
  readonly datapoints: { readonly breaching: number; readonly outOf: number };
  /**
   * `missing`: no data means unknown, and starts nothing. Signals that stop are one fault with one alarm
   * (`signals-missing`, the only one that treats missing data as `breaching`).
   */
  readonly missingData: 'missing' | 'breaching';
}

export type Probes<T> = Readonly<Record<string, ProbeDefinition<T, unknown>>>;

/** What a set of probes found, by the playbook's names for them. */
export type FindingOf<P> = {
  readonly [K in keyof P]: P[K] extends ProbeDefinition<never, infer V> ? V : never;
};

/** Where a run's record shows a line of the runbook by hand. One run must show all that is named. */
export interface ShownBy {
  readonly alarm?: string;
  readonly probe?: string;
  readonly branch?: string;
  readonly action?: string;
}

/** What a decision may use in addition to the evidence; `now` is when the probes ran. */
export interface DecisionContext<T> {
  readonly target: T;
  readonly now: Date;
}

/** The result of the independent check of the business metric after the plan. */
export interface Recovery {
  readonly healthy: boolean;
  /** For people: "freshness 1.2 d (limit 2 d)". */
  readonly summary: string;
}

/** An independent check of the business metric. */
interface RecoveryCheck<T, R extends Probes<T>> {
  readonly probes: R;
  check(finding: FindingOf<R>, context: DecisionContext<T>): Recovery;
}

/**
 * The typed program for one section of the runbook. It only probes and decides: `decide` is a pure
 * function of the finding, tested as a table and replayed on kept evidence.
 */
export interface Playbook<T, P extends Probes<T>, R extends Probes<T>, C extends Probes<T> = R> {
  /** The file's name, and the first part of its runs' ids. */
  readonly id: string;
  /** Number and title in the runbook. */
  readonly section: string;
  /** What people notice, other than the alarms. */
  readonly symptoms: readonly string[];
  /** Lines of `docs/runbook-by-hand.md` that it takes over, by their beginning; a drill must show each. */
  readonly byHand?: Readonly<Record<string, readonly ShownBy[]>>;
  /** None: only people start it, through the dispatcher. */
  readonly alarms: readonly AlarmDeclaration[];
  readonly target: z.ZodType<T>;
  /** The target of an alarm that changed at `changedAt`, from that moment alone. */
  targetOf(alarm: { readonly name: string; readonly changedAt: Date }): T;
  /**
   * If the moment is not enough: a read-only check for the unhealthy targets now, the worst first. If it
   * finds none, `targetOf` decides.
   */
  locate?(context: Omit<ProbeContext<never>, 'target'>): Promise<readonly T[]>;
  /** In reading order. */
  readonly probes: P;
  /** The decision table in words; every decision names its row. */
  readonly branches: Branches;
  decide(finding: FindingOf<P>, context: DecisionContext<T>): Decision;
  /**
   * What a decision is about, in names that stay the same while the fault does, without figures that
   * change by themselves: while an alarm stands, another name is news. By default the plan's actions, and
   * the row that leaves something to people.
   */
  concerns?(finding: FindingOf<P>, decision: Decision): readonly string[];
  /** Every action that `decide` may plan. */
  readonly actions: readonly ActionDefinition[];
  /**
   * By action: why it may be carried out here without approval although it can't be undone. Without an
   * argument, people must approve.
   */
  readonly withoutApproval?: Readonly<Record<string, string>>;
  /** Overrides the defaults; configuration overrides both. */
  readonly limits?: SomeLimits;
  /** The independent check after the plan. */
  readonly recovery: RecoveryCheck<T, R>;
  /** For later links of the chain: whether this link is healthy as far as the target goes. By default as `recovery`. */
  readonly asCause?: RecoveryCheck<T, C>;
  /** Outcomes of which FinOps is notified at once, as well as SRE. */
  readonly finops?: readonly Outcome[];
}

/** Without its own types: for the engine and the registry. */
export type AnyPlaybook = Playbook<
  Record<string, string>,
  Probes<Record<string, string>>,
  Probes<Record<string, string>>
>;

export function definePlaybook<
  T extends Record<string, string>,
  P extends Probes<T>,
  R extends Probes<T>,
  C extends Probes<T> = R,
>(playbook: Playbook<T, P, R, C>): AnyPlaybook {
  return playbook as unknown as AnyPlaybook;
}
