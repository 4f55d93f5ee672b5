import type { DrillResult } from '../drill/result.ts';

/** A drill on the project's own handlers, or on those of which one guard lets everything pass. */
export interface Shown {
  readonly drill: string;
  readonly passed: boolean;
  /** Where it came otherwise than its card says; the first line is the one that people read. */
  readonly differences: readonly string[];
  /** It could not be run to its end, which shows nothing of a guard. */
  readonly brokeOff: boolean;
}

export type Verdict =
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'unnoticed' }
  | { readonly kind: 'no verdict'; readonly why: string };

export const shownBy = ({ name, passed, differences, brokeOff }: DrillResult): Shown => ({
  drill: name,
  passed,
  differences,
  brokeOff,
});

/** What a drill says of a mutant: only one that passes with the guard can show that it is missed. */
export function verdictOf(own: Shown | undefined, mutated: Shown | undefined): Verdict {
  if (!own || !mutated) return { kind: 'no verdict', why: 'it was not run' };
  if (!own.passed) return { kind: 'no verdict', why: `it fails with the guard, too: ${first(own)}` };
  if (mutated.brokeOff) return { kind: 'no verdict', why: first(mutated) };
  return mutated.passed ? { kind: 'unnoticed' } : { kind: 'killed', by: first(mutated) };
}

export interface GuardVerdict {
  readonly guard: string;
  readonly drills: readonly { readonly drill: string; readonly verdict: Verdict }[];
}

/** What must not be, in words: a guard that no drill would miss, and drills that say nothing. */
export function missingIn(all: readonly GuardVerdict[]): string[] {
  return all.flatMap(({ guard, drills }) => {
    if (drills.length === 0)
      return [`guard ${guard} has no drill: write one, and name it in DRILLS_OF_GUARDS`];
    const unclear = drills.flatMap(({ drill, verdict }) =>
      verdict.kind === 'no verdict' ? [`${drill} says nothing of guard ${guard}: ${verdict.why}`] : [],
    );
    const killed = drills.some(({ verdict }) => verdict.kind === 'killed');
    return killed ? unclear : [...unclear, `guard ${guard} is missed by none of its drills`];
  });
}

const first = ({ differences }: Shown): string => (differences[0] ?? '').split('\n')[0] ?? '';
