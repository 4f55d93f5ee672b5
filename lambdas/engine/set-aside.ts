import { list } from '../domain/words.ts';
import { quoted } from '../domain/foreign-text.ts';
import type { Act, Decision, PlannedAction, Severity } from '../domain/decision.ts';
import type { Attempt } from '../platform/journal.ts';
import * as collect from './collect-facts.ts';
import { guards } from './guards/all.ts';
import type { Collected, Setting } from './guards/facts.ts';
import { verdictOf } from './guards/judge.ts';
import type { RunContext } from './run-context.ts';
import type { Target } from '../domain/run-request.ts';

/** A step of a plan; `alone`: what guards weigh about it by itself, if it is independent of the others. */
export interface Step {
  readonly planned: PlannedAction;
  /** For people. */
  readonly said: string;
  readonly money: boolean;
  /** It shows what the others changed. */
  readonly follows: boolean;
  readonly alone?: Required<Pick<Collected, 'periods' | 'effect'>>;
  /** Why it can't be done at all, although it is independent of the others: its parameters are not as declared. */
  readonly unfit?: string;
}

/** Actions that a message names; the evidence has all. */
const NAMED = 5;
const LONGEST_NAME = 200;

/**
 * One odd item does not hold up the rest: independent actions that a guard refuses by themselves go to people, with the
 * guard's figures, and the others are done. What a guard refuses of the plan as a whole, it still refuses of all.
 */
export function setAside(
  decision: Act,
  steps: readonly Step[],
  { setting, severity }: { readonly setting: Setting; readonly severity: Severity },
): Decision {
  const judged = steps.map((step) => ({ step, no: whyNot(step, setting) }));
  const odd = judged.filter(({ no }) => no !== undefined);
  if (odd.length === 0) return decision;
  const others = judged.filter(({ no }) => no === undefined).map(({ step }) => step);
  const rest = others.some(({ follows }) => !follows) ? others : [];
  const named = odd.slice(0, NAMED).map(({ step, no }) => `${step.said} (${no ?? ''})`);
  const more = odd.length > NAMED ? [`${odd.length - NAMED} more`] : [];
  const theirs = `a person decides on what a guard refuses: ${list([...named, ...more])}`;
  const why = decision.handOff === undefined ? theirs : `${theirs}; ${decision.handOff.why}`;
  const money = odd.some(({ step }) => step.money);
  const handOff = { why, severity: decision.handOff?.severity ?? severity };
  const told = { branch: decision.branch, ...(money && { finops: true as const }) };
  if (rest.length === 0)
    return { ...told, kind: 'escalate', why: `${why}; ${decision.why}`, severity: handOff.severity };
  return { ...decision, ...told, plan: rest.map(({ planned }) => planned), handOff };
}

const whyNot = ({ alone, unfit }: Step, setting: Setting): string | undefined => {
  if (unfit !== undefined) return unfit;
  if (alone === undefined) return undefined;
  const refused = guards
    .filter(({ weighsEach }) => weighsEach)
    .flatMap((guard) => {
      const { answer, figures } = verdictOf(guard, { ...setting, ...alone });
      return answer === 'refuse' ? [`guard ${guard.name}: ${figures}`] : [];
    });
  return refused.length === 0 ? undefined : refused.join('; ');
};

/** The decision, without the items of its plan that guards would refuse by themselves. */
export async function withoutOddItems(
  run: RunContext,
  decision: Decision,
  { target, now }: { readonly target: Target; readonly now: Date },
  attempt: Pick<Attempt, 'known'>,
): Promise<Decision> {
  const { playbook, settings, tools, severity, request } = run;
  // Half a rollback is a third state.
  if (decision.kind !== 'act' || request.cause.kind === 'undo') return decision;
  const stateOf = collect.periodStates(run, now);
  const steps = await Promise.all(
    decision.plan.map(async (planned): Promise<Step> => {
      const action = playbook.actions.find(({ name }) => name === planned.action);
      const { data: params, error } = action?.params.safeParse(planned.params) ?? {};
      const { money = false, follows = false, independent = false } = action ?? {};
      if (independent && error) {
        const said = `${planned.action} of ${quoted(Object.values(planned.params).join(' '), LONGEST_NAME)}`;
        const [{ path, message } = { path: [], message: '' }] = error.issues;
        return { planned, said, money, follows, unfit: `its ${path.join('.')} is unfit: ${message}` };
      }
      // What is not as declared is for the guards of the whole plan: they refuse it.
      if (!action || !params) return { planned, said: planned.action, money: false, follows: false };
      const step = { planned, said: action.describe(params, settings), money, follows };
      if (!independent) return step;
      const [periods, effect] = await Promise.all([
        attempt.known(() => collect.periodsNow(run, [planned], target, now, stateOf)),
        attempt.known(() => action.impact(params, { settings, now }, tools)),
      ]);
      return { ...step, alone: { periods, effect } };
    }),
  );
  return setAside(decision, steps, { setting: collect.settingOf(run, now), severity });
}
