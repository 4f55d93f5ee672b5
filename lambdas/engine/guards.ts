import type { GuardRecord } from '../record/model.ts';
import type { Opened } from '../record/write.ts';
import type { ActionDefinition } from '../actions/definition.ts';
import type { Plan } from './decision.ts';
import type { ReadTools } from './tools.ts';
import type { Cause, Target } from './request.ts';
import { Period } from '../period.ts';
import { tellError } from '../probes/error-cause.ts';
import { periodState } from '../probes/period-state.ts';
import type { Settings } from '../settings.ts';

/** What a guard may weigh. */
export interface GuardContext {
  readonly cause: Cause;
  readonly target: Target;
  readonly settings: Settings;
  readonly tools: ReadTools;
  readonly now: Date;
  /** A run on the same playbook and target that came before this one: at work, or just ended with people called. */
  readonly otherRun: Opened['otherRun'];
  /** What is about to be done; empty before the diagnosis. */
  readonly plan: Plan;
  readonly actions: readonly ActionDefinition[];
}

/** A reason not to act now. Either slot may hold any number; all answers are recorded, with their figures. */
export interface Guard {
  readonly name: string;
  readonly slot: GuardRecord['slot'];
  check(context: GuardContext): Promise<{ answer: 'allow' | 'refuse'; figures: string }>;
}

/** Alarms repeat themselves; a run that is at work on the same target is told of nothing new by another. */
const openRun: Guard = {
  name: 'open-run',
  slot: 'before-diagnosing',
  async check({ cause, otherRun }) {
    if (otherRun === undefined) return { answer: 'allow', figures: 'no other run is open on this target' };
    // A person who asks for a run gets one; before acting, the lock keeps the two apart.
    const byAlarm = cause.kind === 'alarm' || cause.kind === 'sweep';
    return {
      answer: byAlarm ? 'refuse' : 'allow',
      figures: otherRun.ended
        ? `run ${otherRun.run} has just looked at this target for another alarm, and called people`
        : `run ${otherRun.run} is already at work on this target`,
    };
  },
};

/**
 * A closed period is immutable. The playbook decides so too; this one looks again, right before acting, at every period
 * that the target or the plan names. Only what an action says may be done to a closed one is let through.
 */
const periodOpen: Guard = {
  name: 'period-open',
  slot: 'before-acting',
  async check({ target, plan, actions, ...context }) {
    const steps = plan.map(({ action, params }) => ({
      period: params['period'] ?? target['period'],
      mayBeClosed: (actions.find(({ name }) => name === action)?.closedPeriod ?? 'refused') !== 'refused',
    }));
    if (steps.length === 0) steps.push({ period: target['period'], mayBeClosed: false });
    const named = [...new Set(steps.flatMap(({ period }) => (period === undefined ? [] : [period])))];
    if (named.length === 0) return { answer: 'allow', figures: 'no period is touched' };
    const states = await Promise.all(
      named.map(async (period) => {
        const { value } = await periodState.look({ target: { period: Period.parse(period) }, ...context });
        const must = steps.some((step) => step.period === period && !step.mayBeClosed);
        const ok = value === 'open' || value === 'closing' || (value === 'closed' && !must);
        return { ok, tell: `${period} is ${value}` };
      }),
    );
    return {
      answer: states.every(({ ok }) => ok) ? 'allow' : 'refuse',
      figures: states.map(({ tell }) => tell).join(', '),
    };
  },
};

export const guards: readonly Guard[] = [openRun, periodOpen];

/** Asks every guard of the slot. One that cannot be evaluated refuses: fail closed. */
export async function askGuards(
  slot: GuardRecord['slot'],
  context: GuardContext,
  all: readonly Guard[] = guards,
): Promise<GuardRecord[]> {
  return Promise.all(
    all
      .filter((guard) => guard.slot === slot)
      .map(async (guard) => {
        const { name } = guard;
        const checkedAt = context.now.toISOString();
        try {
          return { slot, guard: name, checkedAt, ...(await guard.check(context)) };
        } catch (error) {
          const figures = `could not be evaluated: ${tellError(error as Error)}`;
          return { slot, guard: name, answer: 'refuse' as const, figures, checkedAt };
        }
      }),
  );
}
