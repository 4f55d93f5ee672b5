import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Fault } from '../../sandbox/faults/fault.ts';

export const HELP = `npm run drill [-- <pattern> …]   breaks a sandbox of its own for every fault, and checks what came of it

  <pattern>          a fault's name or a part of it, a playbook, or a kind: only these
  --list             lists the drills, and runs none
  --rehearse         instead of letting the alarm come, rehearses each fault's repair by a dry run: nothing may change
  --workers <n>      how many run side by side (default: one more than there are cores)
  --json <file>      where everything goes that was seen (default: .sandbox/drills.json, rehearsals.json)
  --faults <module>  a module whose export "faults" is drilled instead of the project's own
  --help`;

export interface DrillOptions {
  readonly patterns: readonly string[];
  readonly list: boolean;
  readonly rehearse: boolean;
  readonly workers: number;
  readonly json: string;
  /** Absolute path. */
  readonly faults: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
/** The project's own faults. */
export const OWN = resolve(import.meta.dirname, '../../sandbox/faults/registry.ts');

/** @returns 'help' when that is asked for @throws when an option is not as wanted */
export function readOptions(args: readonly string[], cores: number): DrillOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      rehearse: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(Math.min(16, cores + 1)) },
      json: { type: 'string' },
      faults: { type: 'string', default: OWN },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const workers = Number(values.workers);
  if (!Number.isInteger(workers) || workers < 1 || workers > 16) {
    throw new Error(`--workers is "${values.workers}"; wanted a whole number from 1 to 16`);
  }
  return {
    patterns: positionals,
    list: values.list,
    workers,
    rehearse: values.rehearse,
    json: resolve(values.json ?? join(ROOT, '.sandbox', values.rehearse ? 'rehearsals.json' : 'drills.json')),
    faults: resolve(values.faults),
  };
}

/** The faults of a module. @throws when it has none */
export async function faultsOf(module: string): Promise<readonly Fault[]> {
  const { faults = [] } = (await import(module)) as { faults?: readonly Fault[] };
  if (faults.length === 0) {
    throw new Error(`${module} exports no faults; wanted: export const faults: readonly Fault[] = […]`);
  }
  return faults;
}

/** Those that a pattern names: exactly, or by a part of their name, by a playbook that they start, or by their kind. */
export function chosen(faults: readonly Fault[], patterns: readonly string[]): readonly Fault[] {
  if (patterns.length === 0) return faults;
  const named = patterns.map((pattern) => {
    const exact = faults.filter(({ name }) => name === pattern);
    if (exact.length > 0) return exact;
    const found = faults.filter(
      ({ name, kind, runs }) =>
        kind === pattern || name.includes(pattern) || runs.some(({ playbook }) => playbook === pattern),
    );
    if (found.length > 0) return found;
    const near = faults
      .map(({ name }) => ({ name, far: distance(pattern, name) }))
      .sort((a, b) => a.far - b.far)
      .slice(0, 5)
      .map(({ name }) => name);
    throw new Error(`no drill matches "${pattern}"; near it are ${near.join(', ')} (--list lists all)`);
  });
  return faults.filter((fault) => named.some((some) => some.includes(fault)));
}

/** Levenshtein's, but letters left over at either end of the longer word cost little. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return (row.at(-1) ?? 0) - 0.7 * Math.abs(a.length - b.length);
}
