import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isShape, SHAPES, type ShapeName } from '../../sandbox/commercial-ops/report-shape.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import { nearest } from '../../lambdas/domain/nearest.ts';
import { Mistakes, readWords, WordsError } from '../command/words.ts';

export const HELP = `npm run drill [-- <pattern> …]   breaks a sandbox of its own for every fault, and checks what came of it

  <pattern>          a fault's name or a part of it, a playbook, or a kind: only these
  --list             lists the drills, and runs none
  --rehearse         instead of letting the alarm come, rehearses each fault's repair by a dry run: nothing may change
  --layout <name>    how AWS delivers the cost report: ${Object.keys(SHAPES).join(', ')} (default: by-month)
  --pgbouncer        functions reach the ledger through a real PgBouncer, in transaction mode
  --frozen           functions stand still between two invocations, as in Lambda, and find their connections cut
  --workers <n>      how many run side by side (default: one more than there are cores)
  --json <file>      where everything goes that was seen (default: .sandbox/drills.json, rehearsals.json)
  --faults <module>  a module whose export "faults" is drilled instead of the project's own
  --help`;

export interface DrillOptions {
  readonly patterns: readonly string[];
  readonly list: boolean;
  readonly rehearse: boolean;
  readonly layout: ShapeName;
  readonly pgbouncer: boolean;
  readonly frozen: boolean;
  readonly workers: number;
  readonly json: string;
  /** Absolute path. */
  readonly faults: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
/** The project's own faults. */
export const OWN = resolve(import.meta.dirname, '../../sandbox/faults/all.ts');

/** @throws WordsError when an option is not as wanted */
export function readOptions(args: readonly string[], cores: number): DrillOptions {
  const { values, positionals } = readWords(args, {
    command: 'npm run drill',
    takesWords: true,
    options: {
      list: { type: 'boolean', default: false },
      rehearse: { type: 'boolean', default: false },
      layout: { type: 'string', default: 'by-month' },
      pgbouncer: { type: 'boolean', default: false },
      frozen: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(Math.min(16, cores + 1)) },
      json: { type: 'string' },
      faults: { type: 'string', default: OWN },
    },
  });
  const mistakes = new Mistakes();
  const workers = mistakes.whole('workers', values.workers, 1, 16);
  const { layout } = values;
  const known = isShape(layout) ? layout : undefined;
  if (known === undefined)
    mistakes.add(`--layout ${layout} is no layout; wanted one of ${Object.keys(SHAPES).join(', ')}`);
  mistakes.refuse();
  return {
    patterns: positionals,
    list: values.list,
    workers,
    rehearse: values.rehearse,
    layout: known ?? 'by-month',
    pgbouncer: values.pgbouncer,
    frozen: values.frozen,
    json: resolve(values.json ?? join(ROOT, '.sandbox', values.rehearse ? 'rehearsals.json' : 'drills.json')),
    faults: resolve(values.faults),
  };
}

/** The faults of a module. @throws when it has none */
export async function faultsIn(module: string): Promise<readonly Fault[]> {
  if (!existsSync(module))
    throw new WordsError(`--faults names ${module}, which is not there; wanted a module that exports faults`);
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
    const near = nearest(
      pattern,
      faults.map(({ name }) => name),
      5,
    );
    throw new WordsError(
      `no drill matches "${pattern}"; the nearest are ${near.join(', ')} (--list lists all)`,
    );
  });
  return faults.filter((fault) => named.some((some) => some.includes(fault)));
}
