/** What every part of the bench is given. */
export interface BenchOptions {
  /** Less of everything, within a minute: whether it works, not how fast it is. */
  readonly short: boolean;
  /** Of the order of paired rounds. */
  readonly seed: number;
  readonly rounds: number;
  /** Sizes of the record, in runs. */
  readonly runs: readonly number[];
  readonly tries: number;
}

export interface Part {
  readonly name: string;
  readonly about: string;
  run(options: BenchOptions): Promise<PartResult>;
}

export interface PartResult {
  readonly figures: readonly Figure[];
  /** The table for people. */
  readonly lines: readonly string[];
  /** Everything that was measured, for programs. */
  readonly measured: unknown;
  /** Whether what must hold on every machine does; a missed target is no fault of the command. */
  readonly ok: boolean;
}

/** One number that a reader compares: a ratio, or a count that is the same on every machine. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: '×' | '' | '%';
  /** The middle half of the rounds. */
  readonly band?: readonly [number, number];
  readonly target?: { readonly most: number } | { readonly least: number };
  /** Why the target is missed, where it is. */
  readonly missed?: string;
}

export function isMet({ value, target }: Figure): boolean | undefined {
  if (!target) return undefined;
  return 'most' in target ? value <= target.most : value >= target.least;
}
