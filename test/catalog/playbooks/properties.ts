import * as fc from 'fast-check';
import type { Decision, PlannedAction } from '../../../lambdas/domain/decision.ts';
import type { AnyPlaybook } from '../../../lambdas/catalog/playbooks/definition.ts';

type Target = Readonly<Record<string, string>>;

export interface Sound<F> {
  /** Anything that the probes may find, absurd things included. */
  readonly finding: fc.Arbitrary<F>;
  readonly target: Target | fc.Arbitrary<Target>;
  readonly now?: Date | fc.Arbitrary<Date>;
  /** Values that may stand in a plan's parameters besides those of finding and target: what is computed from them. */
  readonly derived?: (finding: F, context: { target: Target; now: Date }) => readonly string[];
  /** When nothing may be changed, whatever else was found. */
  readonly mayNotAct?: (finding: F, context: { target: Target; now: Date }) => boolean;
  /** Texts of which a reason must hold one at least: its figures. Empty: nothing is asked for. */
  readonly cites?: (finding: F, decision: Decision) => readonly string[];
  readonly runs?: number;
}

/** What must hold of every decision of a playbook, whatever was found. */
export function decidesSoundly<F>(playbook: AnyPlaybook, sound: Sound<F>): void {
  const { finding, runs = 200, derived, mayNotAct, cites } = sound;
  const arbitrary = <T>(value: T | fc.Arbitrary<T>): fc.Arbitrary<T> =>
    value instanceof fc.Arbitrary ? value : fc.constant(value);
  const target = arbitrary<Target>(sound.target);
  const now = arbitrary<Date>(sound.now ?? new Date('2026-11-23T14:00:00Z'));
  const decide = (found: unknown, context: { target: Target; now: Date }): Decision =>
    playbook.decide(found as never, context);

  test('whatever is found, the decision is sound', () => {
    fc.assert(
      fc.property(finding, target, now, (found, aim, at) => {
        const context = { target: aim, now: at };
        const decision = decide(found, context);

        expect(Object.keys(playbook.branches)).toContain(decision.branch);
        expect(decision.why).not.toBe('');
        // Pure, and on the stored JSON as on the value itself.
        expect(decide(JSON.parse(JSON.stringify(found)), context)).toEqual(decision);

        const figures = cites?.(found, decision) ?? [];
        if (figures.length > 0) {
          expect({
            why: decision.why,
            cites: figures.some((figure) => decision.why.includes(figure)),
          }).toEqual({
            why: decision.why,
            cites: true,
          });
        }
        const plan = 'plan' in decision ? (decision.plan ?? []) : [];
        if (mayNotAct?.(found, context)) expect(decision.kind).not.toBe('act');
        if (decision.kind === 'act') expect(plan.length).toBeGreaterThan(0);
        const known = new Set([...leaves(found), ...leaves(aim), ...(derived?.(found, context) ?? [])]);
        for (const { action, params } of plan) {
          const declared = playbook.actions.find(({ name }) => name === action);
          expect(declared?.name).toBe(action);
          expect(() => declared?.params.parse(params)).not.toThrow();
          expect(Object.values(params).filter((value) => !known.has(value))).toEqual([]);
        }
        const steps = plan.map((step) => JSON.stringify(step));
        expect(new Set(steps).size).toBe(steps.length);
      }),
      { numRuns: runs },
    );
  });
}

/** Texts, and numbers as texts: a plan's parameters are texts. */
function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}

/** A row of a decision table: what is found, and what must come of it. `decided` is kind and branch: `act missed`. */
export type DecisionRow<F> = readonly [what: string, found: F, decided: string, why: RegExp, plan?: unknown];

/** Decides every row of the table, which reaches every branch of the playbook. */
export function decidesByTable<F>(
  playbook: AnyPlaybook,
  table: readonly DecisionRow<F>[],
  decide: (found: F) => Decision,
  { stepOf, elsewhere = [] }: TableOptions = { stepOf: (step) => step },
): void {
  test.each(table.map((row) => [row[0], row] as const))('%s', (_what, [, found, decided, why, plan]) => {
    const decision = decide(found);
    const steps = stepOf && 'plan' in decision ? decision.plan?.map((step) => stepOf(step)) : undefined;
    const is = { decided: `${decision.kind} ${decision.branch}`, plan: steps };
    expect(is).toEqual({ decided, plan });
    expect(decision.why).toMatch(why);
  });

  test('every branch is reached', () => {
    const reached = [...table.map(([, , decided]) => decided.split(' ')[1]), ...elsewhere];
    expect(new Set(reached)).toEqual(new Set(Object.keys(playbook.branches)));
  });
}

interface TableOptions {
  /** What the rows say of a step of a plan: by default all of it, with `undefined` nothing of any plan. */
  readonly stepOf: ((step: PlannedAction) => unknown) | undefined;
  /** Branches that other tests reach. */
  readonly elsewhere?: readonly string[];
}
