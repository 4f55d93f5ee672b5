import { Databases } from '../../emulator/postgres/databases.ts';
import { ownServer } from '../command/own-server.ts';
import { newLedger } from './new-ledger.ts';
import { measure, wasteful, type Measured } from './growth.ts';
import type { Figure, Part } from './part.ts';
import { seedRecord } from './seed.ts';

interface Size {
  readonly runs: number;
  readonly measured: readonly Measured[];
}

/** On a smaller record PostgreSQL rightly reads tables whole, and times say nothing. */
const LEAST_RUNS = 20_000;

/** How much longer an operation may take on the largest record than on the smallest. */
const MOST_GROWTH = 1.2;
const KEPT_FLAT = ['open', 'standing', 'claim', 'end', 'look', 'wake'];

/** What each operation on the record costs, as the record grows. */
export const growth: Part = {
  name: 'growth',
  about: 'what each operation on the record costs, as the record grows',
  async run({ runs: sizes, tries }) {
    const { place } = await ownServer('bench');
    const databases = new Databases(place.server);
    const done: Size[] = [];
    for (const runs of sizes) {
      const name = `${place.prefix}_${runs}`;
      const { admin, owner } = await newLedger(databases, name, place.passwords);
      try {
        process.stderr.write(`filling a record of ${runs} runs ...\n`);
        await seedRecord(admin, runs);
        process.stderr.write(`measuring ...\n`);
        done.push({ runs, measured: await measure(owner, tries) });
      } finally {
        await Promise.all([admin.end(), owner.end()]);
        await databases.drop(name);
      }
    }
    const last = done.at(-1);
    const found = last && last.runs >= LEAST_RUNS ? wasteful(last.measured) : [];
    return {
      figures: figuresOf(done),
      lines: [...tableOf(done), ...found],
      measured: done,
      ok: found.length === 0,
    };
  },
};

function figuresOf(sizes: readonly Size[]): Figure[] {
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (!first || !last || first === last) return [];
  return KEPT_FLAT.map((name) => ({
    name: `${name}: ${last.runs} runs ÷ ${first.runs}`,
    value: medianOf(last, name) / medianOf(first, name),
    unit: '×',
    ...(last.runs >= LEAST_RUNS && { target: { most: MOST_GROWTH } }),
    missed:
      'milliseconds of single statements on this machine; a statement that reads too much is named above',
  }));
}

const medianOf = (size: Size | undefined, name: string): number =>
  size?.measured.find((one) => one.name === name)?.median ?? NaN;

function tableOf(sizes: readonly Size[]): string[] {
  const [first, last] = [sizes[0], sizes.at(-1)];
  const names = first?.measured.map(({ name }) => name) ?? [];
  return [
    `${'ms, median'.padEnd(26)}${sizes.map(({ runs }) => `${runs} runs`.padStart(16)).join('')}${'ratio'.padStart(10)}`,
    ...names.map(
      (name) =>
        name.padEnd(26) +
        sizes.map((size) => medianOf(size, name).toFixed(2).padStart(16)).join('') +
        `× ${(medianOf(last, name) / medianOf(first, name)).toFixed(1)}`.padStart(10),
    ),
  ];
}
