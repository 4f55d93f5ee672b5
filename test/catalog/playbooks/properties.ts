import * as fc from 'fast-check';
import { stepName, type Decision, type PlannedAction } from '../../../lambdas/domain/decision.ts';
import { checkedBy, isNews, type Checked } from '../../../lambdas/engine/news.ts';
import type { LastEnd } from '../../../lambdas/record/last-ends.ts';
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

/** A day later a tenant or provisioning would be notified again, or a repair be measured: nothing new to people. */
const AGAIN = ['tell-tenant', 'notify-provisioning', 'refresh-dashboards', 'run-tag-validator'];

/** Without figures that follow from what was done before. */
const stepsOf = (decision: Decision): string[] =>
  decision.kind !== 'act'
    ? []
    : decision.plan
        .filter(({ action }) => !AGAIN.includes(action))
        .map((step) => (step.action === 'scale-runners' ? step.action : stepName(step)));

const leftToPeople = ({ concerns, severity }: Checked): LastEnd => ({
  target: {},
  run: 'r1',
  endedAt: new Date(0),
  outcome: 'escalated',
  severity: severity ?? 'SEV-1',
  concerns,
  times: 1,
  acted: false,
  open: true,
  lookAgainAt: null,
  causeClosedAt: null,
  onSince: null,
});

/** What must hold of every decision of a playbook, whatever was found. */
export function decidesSoundly<F>(playbook: AnyPlaybook, sound: Sound<F>): void {
  const { finding, runs = 200, derived, mayNotAct, cites } = sound;
  const arbitrary = <T>(value: T | fc.Arbitrary<T>): fc.Arbitrary<T> =>
    value instanceof fc.Arbitrary ? value : fc.constant(value);
  const target = arbitrary<Target>(sound.target);
  const now = arbitrary<Date>(sound.now ?? new Date('2026-11-23T14:00:00Z'));
  const decide = (found: unknown, context: { target: Target; now: Date }): Decision =>
    playbook.decide(found as never, context);

  // An alarm that stands is checked again and again: what is new must not be quiet, and the same must be.
  test('another plan is news to people who know of one, and the same is none', () => {
    fc.assert(
      fc.property(finding, finding, target, now, (known, found, aim, at) => {
        const context = { target: aim, now: at };
        const [before, after] = [known, found].map((one) => {
          const decision = decide(one, context);
          return { decision, checked: checkedBy(playbook, one, decision) };
        });
        if (!before || !after) throw new Error('two findings give two decisions');
        for (const { decision, checked } of [before, after])
          expect([decision.branch, checked.concerns.length > 0]).toEqual([
            decision.branch,
            decision.kind !== 'leave',
          ]);
        const left = leftToPeople(before.checked);
        expect(isNews({ ...before.checked, healthy: false }, left)).toBe(false);
        if (isNews(after.checked, left) || after.checked.repeats || before.checked.healthy) return;
        const [was, is] = [before, after].map(({ decision }) => stepsOf(decision));
        expect(is?.filter((step) => !was?.includes(step))).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

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
