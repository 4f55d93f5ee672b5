import { refuse, type Answer, type Blocks, type Slot, type Verdict } from '../../domain/guard-answer.ts';
import type { Known } from '../../domain/known.ts';
import { tellError } from '../../platform/tell-error.ts';
import { guards } from './all.ts';
import type { Guard } from './definition.ts';
import type { Collected, Facts, Setting } from './facts.ts';

export function judge(
  slot: Slot,
  facts: Setting & Collected,
  all: readonly Guard[] = guards,
): readonly Answer[] {
  const checkedAt = facts.now.toISOString();
  return all
    .filter(({ slots }) => slots.includes(slot))
    .map((guard) => ({
      slot,
      guard: guard.name,
      blocks: guard.blocks,
      checkedAt,
      ...verdictOf(guard, facts),
    }));
}

/** Fails closed: a guard that needs an unknown fact refuses, and so does one that throws. */
export function verdictOf(guard: Guard, facts: Setting & Collected): Verdict {
  const given: Record<string, unknown> = { ...facts };
  for (const need of guard.needs) {
    const fact: Known<unknown> | undefined = facts[need];
    if (!fact?.ok) return refuse(`could not be evaluated: ${fact?.why ?? `"${need}" was not looked for`}`);
    given[need] = fact.value;
  }
  try {
    return guard.judge(given as unknown as Setting & Facts);
  } catch (error) {
    return refuse(`could not be evaluated: ${tellError(error as Error)}`);
  }
}

/** The first refusal. @param blocks only of guards that block this */
export const refusal = (answers: readonly Answer[], blocks?: Blocks): Answer | undefined =>
  answers.find((one) => one.answer === 'refuse' && (blocks === undefined || one.blocks === blocks));

/** One line: how many allow, and who refuses with which figures. All are on record. */
export function tellAnswers(
  answers: readonly Answer[],
  fence?: string,
): { tell: string; detail: readonly Answer[] } {
  const no = answers.filter(({ answer }) => answer === 'refuse');
  const parts = [
    `${answers.length - no.length} of ${answers.length} guards allow`,
    ...no.map(({ guard, figures }) => `${guard} refuses (${figures})`),
    ...(fence === undefined ? [] : [`fence ${fence}`]),
  ];
  return { tell: parts.join('; '), detail: answers };
}
