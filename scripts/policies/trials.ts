import type { DrillResult } from '../drill/result.ts';
import { randomFrom, shuffled } from '../bench/rounds.ts';
import type { Granted } from './granted.ts';

/** Drills to try a statement's removal on, one after another until one fails. */
export interface Trials {
  readonly key: string;
  readonly drills: readonly string[];
}

type Drilled = Pick<DrillResult, 'name' | 'kind' | 'passed' | 'rights' | 'seconds'>;

/** More would find no more: what a statement is for shows where it is used. */
const MOST = 5;

/** Of the drills that passed and in which something was allowed by the statement alone: the quickest first. */
export function trialsOf(granted: readonly Granted[], drills: readonly Drilled[]): Trials[] {
  return granted.map(({ key }) => ({
    key,
    drills: drills
      .filter(({ passed, kind, rights }) => passed && kind !== 'platform' && rights[key]?.alone)
      .sort((a, b) => a.seconds - b.seconds || a.name.localeCompare(b.name))
      .slice(0, MOST)
      .map(({ name }) => name),
  }));
}

/** The same `size` of them for the same seed. */
export const sampleOf = <T>(all: readonly T[], size: number, seed: number): T[] =>
  shuffled(all, randomFrom(seed)).slice(0, size);

/** What a removal has shown: the drill or test that fails without the statement. */
export interface Verdict {
  readonly key: string;
  /** Undefined: everything passes without it. */
  readonly missedBy: string | undefined;
  /** The first difference, or what was tried. */
  readonly why: string;
}
