import type { Answer } from '../../domain/guard-answer.ts';
import { tellError } from '../../platform/error-cause.ts';
import { guards } from './all.ts';
import type { Guard } from './definition.ts';
import type { Slot } from '../../domain/guard-answer.ts';
import type { Facts } from './facts.ts';

/** Asks every guard of the slot. One that cannot be evaluated refuses: fail closed. */
export function judge(slot: Slot, facts: Facts, all: readonly Guard[] = guards): Answer[] {
  const checkedAt = facts.now.toISOString();
  return all
    .filter(({ slots }) => slots.includes(slot))
    .map(({ name, stops, ...guard }) => {
      const answered = { slot, guard: name, stops, checkedAt };
      try {
        return { ...answered, ...guard.judge(facts) };
      } catch (error) {
        const figures = `could not be evaluated: ${tellError(error as Error)}`;
        return { ...answered, answer: 'refuse', figures };
      }
    });
}

/** The refusal that a run ends with, if one of those that stop `what` says no. */
export const refusal = (
  answers: readonly Answer[],
  what: readonly Guard['stops'][] = ['looking', 'acting'],
): Answer | undefined => answers.find(({ answer, stops }) => answer === 'refuse' && what.includes(stops));
