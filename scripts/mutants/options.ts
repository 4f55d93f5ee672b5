import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { guards } from '../../lambdas/engine/guards/all.ts';

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

/** @returns 'help' when that is asked for @throws when an option is not as wanted */
export function readOptions(args: readonly string[], cores: number): MutantOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      workers: { type: 'string', default: String(Math.min(16, cores + 1)) },
      json: { type: 'string', default: join(ROOT, '.sandbox', 'mutants.json') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const names = guards.map(({ name }) => name);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(`there is no guard ${unknown.join(', ')}; there are ${names.join(', ')}`);
  const workers = Number(values.workers);
  if (!Number.isInteger(workers) || workers < 1 || workers > 16)
    throw new Error(`--workers is "${values.workers}"; wanted a whole number from 1 to 16`);
  return {
    guards: positionals.length === 0 ? names : names.filter((name) => positionals.includes(name)),
    workers,
    json: resolve(values.json),
  };
}
