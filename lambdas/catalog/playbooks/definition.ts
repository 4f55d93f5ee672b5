import type * as z from 'zod';
import type { ActionDefinition } from '../actions/definition.ts';
import type { Branches, Decision, Severity } from '../../domain/decision.ts';
import type { ProbeContext, ProbeDefinition } from '../probes/definition.ts';
import type { SomeLimits } from '../../domain/limits.ts';
import type { Outcome } from '../../domain/outcome.ts';

/**
 * An alarm as its playbook declares it; CDK makes it from this. The metric lies in namespace `CommercialOps`
 * without dimensions: the worst value over all dimensions.
 */
export interface AlarmDeclaration {
  readonly name: string;
  readonly metric: string;
  readonly threshold: { readonly above: number } | { readonly below: number };
  readonly severity: Severity;
  /** For people: what it means when this alarm fires. */
  readonly description: string;
  readonly periodMinutes: number;
  /** `Minimum` for "above" and `Maximum` for "below" let a repair show within the period it is measured in. */
  readonly statistic: 'Minimum' | 'Maximum' | 'SampleCount';
  /** Of the last `outOf` periods, `breaching` must be over the threshold. */
  readonly datapoints: { readonly breaching: number; readonly outOf: number };
  /**
   * `missing`: no data is "not known", and starts nothing. Signals that stop coming are one fault with one
   * alarm of its own (`signals-missing`, which alone treats missing data as `breaching`), not one per metric.
   */
  readonly missingData: 'missing' | 'breaching';
}

export type Probes<T> = Readonly<Record<string, ProbeDefinition<T, unknown>>>;

/** What a set of probes found, by the playbook's own names for them. */
export type FindingOf<P> = {
  readonly [K in keyof P]: P[K] extends ProbeDefinition<never, infer V> ? V : never;
};

/** Where in a run's record a line of the runbook by hand shows. All that is named must be in one run. */
export interface ShownBy {
  /** It was started by this alarm. */
  readonly alarm?: string;
  /** This probe's answers are kept. */
  readonly probe?: string;
  /** It took this row of the decision table. */
  readonly branch?: string;
  /** It carried this action out. */
  readonly action?: string;
}

/** What a decision may know besides the evidence: what the run is about, and when the looks were taken. */
export interface DecisionContext<T> {
  readonly target: T;
  readonly now: Date;
}

/** The answer of the independent look at the business metric after the plan. */
export interface Recovery {
  readonly healthy: boolean;
  /** The figures, for people: "freshness 1.2 d (limit 2 d)". */
  readonly summary: string;
}

/**
 * The typed program for one section of the runbook. It only looks and decides: `decide` is a pure function of
 * the finding, so it is tested as a table and replayed on kept evidence.
 */
export interface Playbook<T, P extends Probes<T>, R extends Probes<T>> {
  /** The same as the file's name, and the first part of its runs' ids. */
  readonly id: string;
  /** Number and title in the runbook. */
  readonly section: string;
  /** What people notice, in words, besides the alarms. */
  readonly symptoms: readonly string[];
  /**
   * Lines of `docs/runbook-by-hand.md` that it takes over, by their beginning; a drill must show each. None, where people
   * never had a procedure.
   */
  readonly byHand?: Readonly<Record<string, readonly ShownBy[]>>;
  /** None: only people start it, through the dispatcher. */
  readonly alarms: readonly AlarmDeclaration[];
  readonly target: z.ZodType<T>;
  /** What an alarm that changed at `changedAt` is about, as far as that moment tells. */
  targetOf(alarm: { readonly name: string; readonly changedAt: Date }): T;
  /**
   * Where the moment does not tell: one read-only look for what is worst now, e.g. the period. Undefined when nothing
   * is; then `targetOf` answers. The diagnosis looks at everything again.
   */
  locate?(context: Omit<ProbeContext<never>, 'target'>): Promise<T | undefined>;
  /** The looks of the diagnosis, in the order in which people read them. */
  readonly probes: P;
  /** The decision table in words; every decision names its row. */
  readonly branches: Branches;
  decide(finding: FindingOf<P>, context: DecisionContext<T>): Decision;
  /** Every action that `decide` may plan. */
  readonly actions: readonly ActionDefinition[];
  /**
   * Why a changing action that can't be undone may be carried out here without anybody's approval, by its name: an
   * argument of this playbook's own. One that nobody argues for asks for approval.
   */
  readonly withoutApproval?: Readonly<Record<string, string>>;
  /** Where it differs from what is usual; a deployment's configuration goes before it. */
  readonly limits?: SomeLimits;
  /** The independent look after the plan: its probes, and what they must say. */
  readonly recovery: {
    readonly probes: R;
    check(finding: FindingOf<R>, context: DecisionContext<T>): Recovery;
  };
  /** Outcomes that FinOps hears of at once, besides SRE. */
  readonly finops?: readonly Outcome[];
}

/** A playbook whose own types are forgotten: what the engine and the registry hold. */
export type AnyPlaybook = Playbook<
  Record<string, string>,
  Probes<Record<string, string>>,
  Probes<Record<string, string>>
>;

export function definePlaybook<T extends Record<string, string>, P extends Probes<T>, R extends Probes<T>>(
  playbook: Playbook<T, P, R>,
): AnyPlaybook {
  return playbook as unknown as AnyPlaybook;
}
