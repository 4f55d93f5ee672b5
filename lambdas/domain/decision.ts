import { createHash } from 'node:crypto';

/** SEV-1 (15 minutes to acknowledge) to SEV-4 (1 day): section 11 of the runbook. */
export const SEVERITIES = ['SEV-1', 'SEV-2', 'SEV-3', 'SEV-4'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const isMoreSevere = (a: Severity, b: Severity): boolean =>
  SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b);

/** For these a Jira issue is opened and a postmortem written: sections 11 and 12 of the runbook. */
export const isHighSeverity = (severity: Severity): boolean => !isMoreSevere('SEV-2', severity);

export interface PlannedAction {
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Its hash is its identity: what is approved, shown and compared. */
export type Plan = readonly PlannedAction[];

/** One row of a playbook's decision table, in words for people. */
export interface Branch {
  /** "the period is closed" */
  readonly when: string;
  /** "allocate", "a person: write a correction". After the colon it speaks to that person. */
  readonly then: string;
  /** What would prevent it; a postmortem proposes it. Missing where nothing was wrong. */
  readonly prevention?: string;
  /** It says what the responder has done before: no news for people who know of the fault. */
  readonly repeats?: true;
  /** What people read in place of "self-healed", where it did not heal by itself. */
  readonly insteadOfHealed?: string;
}
export type Branches = Readonly<Record<string, Branch>>;

/** What a row leaves to people, as it is said to them. */
export const stepForPeople = (then: string): string | undefined => /\ba person: (.*)$/.exec(then)?.[1];

interface Decided {
  readonly branch: string;
  readonly why: string;
  /** FinOps must decide on a part of it, as well as SRE. */
  readonly finops?: true;
}

export type Decision =
  | (Decided & {
      readonly kind: 'act';
      readonly plan: Plan;
      readonly approval?: { readonly why: string };
      /** What the plan leaves to people: the run then ends `escalated`, with what was done. */
      readonly handOff?: { readonly why: string; readonly severity: Severity };
    })
  | (Decided & { readonly kind: 'leave' })
  | (Decided & { readonly kind: 'escalate'; readonly severity: Severity; readonly plan?: Plan });

/** As recorded: with its row as the table read at that time. */
export type DecisionOnRecord = Decision & { readonly row?: Branch };

export type Act = Decision & { kind: 'act' };

/** The three kinds of decision; each names its row of the table. */
export interface Deciding<B extends string> {
  readonly branches: Readonly<Record<B, Branch>>;
  /** Carries out `plan`. @throws when the plan is empty: nothing to do is `leave` */
  readonly act: (branch: B, why: string, plan: Plan, options?: Pick<Act, 'approval' | 'handOff'>) => Decision;
  /** Nothing to do: the business metric is healthy. */
  readonly leave: (branch: B, why: string) => Decision;
  /** A person must decide; `plan` is what they could agree to. */
  readonly escalate: (branch: B, why: string, severity: Severity, plan?: Plan) => Decision;
}

/** A playbook's decision table, in reading order, and the constructors of its decisions. */
export const deciding = <B extends string>(branches: Readonly<Record<B, Branch>>): Deciding<B> => ({
  branches,
  act(branch, why, plan, options = {}) {
    if (plan.length === 0) {
      throw new TypeError(
        `act("${why}") was given an empty plan; decide leave(why) when there is nothing to do`,
      );
    }
    return { kind: 'act', branch, why, plan, ...options };
  },
  leave: (branch, why) => ({ kind: 'leave', branch, why }),
  escalate: (branch, why, severity, plan) => ({
    kind: 'escalate',
    branch,
    why,
    severity,
    ...(plan && { plan }),
  }),
});

/** `start-ingestion period=2026-11` */
export const stepName = ({ action, params }: PlannedAction): string =>
  [action, ...Object.entries(params).map(([key, value]) => `${key}=${value}`)].join(' ');

/** SHA-256 (hex) over the plan; the same plan has the same hash everywhere. */
export function planHash(plan: Plan): string {
  const canonical = plan.map(({ action, params }) => [
    action,
    Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
