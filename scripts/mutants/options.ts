import { join, resolve } from 'node:path';
import { guards } from '../../lambdas/engine/guards/all.ts';
import { Mistakes, readWords } from '../command/words.ts';

export const HELP = `npm run mutants [-- <guard> …]   turns each guard into one that lets everything pass, and drills that

  <guard>          only these, by their names
  --workers <n>    how many drills run side by side (default: one more than there are cores)
  --json <file>    where the verdicts go (default: .sandbox/mutants.json)
  --help

Ends with 0 only when of each guard at least one drill fails without it, and all pass with it.`;

export interface MutantOptions {
  /** In the order of all guards. */
  readonly guards: readonly string[];
  readonly workers: number;
  readonly json: string;
}

const ROOT = resolve(import.meta.dirname, '../..');

/** @throws WordsError when an option is not as wanted */
export function readOptions(args: readonly string[], cores: number): MutantOptions {
  const { values, positionals } = readWords(args, {
    command: 'npm run mutants',
    takesWords: true,
    options: {
      workers: { type: 'string', default: String(Math.min(16, cores + 1)) },
      json: { type: 'string', default: join(ROOT, '.sandbox', 'mutants.json') },
    },
  });
  const mistakes = new Mistakes();
  const names = guards.map(({ name }) => name);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    mistakes.add(`there is no guard ${unknown.join(', ')}; there are ${names.join(', ')}`);
  const workers = mistakes.whole('workers', values.workers, 1, 16);
  mistakes.refuse();
  return {
    guards: positionals.length === 0 ? names : names.filter((name) => positionals.includes(name)),
    workers,
    json: resolve(values.json),
  };
}
