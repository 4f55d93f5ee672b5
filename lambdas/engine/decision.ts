import { createHash } from 'node:crypto';

/** SEV-1 (15 minutes to acknowledge) to SEV-4 (1 day): section 11 of the runbook. */
export const SEVERITIES = ['SEV-1', 'SEV-2', 'SEV-3', 'SEV-4'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One step of a plan, as data: which action, with which parameters. */
export interface PlannedAction {
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
}

/** An ordered list of actions. Its hash is its identity: what is approved, shown and compared. */
export type Plan = readonly PlannedAction[];

export type Decision =
  | {
      readonly kind: 'act';
      readonly why: string;
      readonly plan: Plan;
      readonly approval?: { readonly why: string };
    }
  | { readonly kind: 'leave'; readonly why: string }
  | { readonly kind: 'escalate'; readonly why: string; readonly severity: Severity; readonly plan?: Plan };

/**
 * Carry out `plan`. An empty plan is a programmer's mistake: empty means nothing to do, which is `leave`.
 * @throws when the plan is empty
 */
export function act(why: string, plan: Plan, options: { approval?: { why: string } } = {}): Decision {
  if (plan.length === 0) {
    throw new TypeError(
      `act("${why}") was given an empty plan; decide leave(why) when there is nothing to do`,
    );
  }
  return { kind: 'act', why, plan, ...options };
}

/** Nothing is to be done: the business metric is healthy. */
export const leave = (why: string): Decision => ({ kind: 'leave', why });

/** A person must decide; `plan` is what the machine would have done with their consent. */
export const escalate = (why: string, severity: Severity, plan?: Plan): Decision => ({
  kind: 'escalate',
  why,
  severity,
  ...(plan && { plan }),
});

/** SHA-256 (hex) over the plan with its keys sorted: the same plan has the same hash everywhere. */
export function planHash(plan: Plan): string {
  const canonical = plan.map(({ action, params }) => [
    action,
    Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
