/** How many of each were tried, and what came of them: by heading, then by name. */
export type Tally = Readonly<Record<string, Readonly<Record<string, number>>>>;

const WANTED: Readonly<Record<string, readonly string[]>> = {
  tried: [
    'duplicates',
    'crashes',
    'lost answers',
    'clock jumps',
    'approvals that count',
    'kill switches',
    'ledger outages',
    'guards that err',
    'closes a month',
    'sweeps',
  ],
  outcomes: ['resolved', 'refused', 'ineffective'],
  'actions sent': ['lambda:Invoke allocation_runner', 'ledger:settle-invoice'],
  'refusals by guard': ['kill-switch', 'freeze', 'cooldown', 'budget'],
};

export class Counts {
  private readonly tally: Record<string, Record<string, number>> = {};

  add(heading: string, name: string, by = 1): void {
    const under = (this.tally[heading] ??= {});
    under[name] = (under[name] ?? 0) + by;
  }

  addAll(other: Tally): void {
    for (const [heading, names] of Object.entries(other))
      for (const [name, count] of Object.entries(names)) this.add(heading, name, count);
  }

  of(heading: string, name: string): number {
    return this.tally[heading]?.[name] ?? 0;
  }

  /** What the model is about and has not come to: it has shown nothing of that. */
  missing(): string[] {
    return Object.entries(WANTED).flatMap(([heading, names]) =>
      names.filter((name) => this.of(heading, name) === 0).map((name) => `${heading}: ${name}`),
    );
  }

  toJSON(): Tally {
    return this.tally;
  }

  /** For people: a heading, then its names, the most frequent first. */
  lines(width = 100): string[] {
    return Object.entries(this.tally).flatMap(([heading, names]) => {
      const sorted = Object.entries(names).sort(([, a], [, b]) => b - a);
      return [
        heading,
        ...wrapped(
          sorted.map(([name, count]) => `${name} ${count}`),
          width,
        ),
      ];
    });
  }
}

function wrapped(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + item.length + 2 <= width)
      lines[lines.length - 1] = `${last}, ${item}`;
    else lines.push(`  ${item}`);
  }
  return lines;
}
