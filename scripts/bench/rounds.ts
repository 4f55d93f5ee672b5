import { median } from './growth.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0] as T);
}

/**
 * Does each contender once a round, in an order that changes, so that what the machine does beside it falls on all of
 * them alike.
 * @returns what each measured, by contender and round
 */
export async function pairedRounds<Name extends string, Measured>(
  names: readonly Name[],
  { rounds, seed }: { readonly rounds: number; readonly seed: number },
  measure: (name: Name) => Promise<Measured> | Measured,
): Promise<Record<Name, Measured[]>> {
  const random = randomFrom(seed);
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Measured[]>;
  for (let round = 0; round < rounds; round++)
    for (const name of shuffled(names, random)) measured[name].push(await measure(name));
  return measured;
}

export interface Ratio {
  readonly value: number;
  /** The middle half. */
  readonly band: readonly [number, number];
}

/** Of two contenders, round by round: the median of the ratios. */
export function ratioOf(measured: readonly number[], floor: readonly number[]): Ratio {
  const ratios = measured.map((value, i) => value / (floor[i] ?? NaN)).sort((a, b) => a - b);
  const at = (share: number): number => ratios[Math.floor(share * (ratios.length - 1))] ?? NaN;
  return { value: median(ratios), band: [at(0.25), at(0.75)] };
}
