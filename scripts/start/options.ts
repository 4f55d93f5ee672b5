import { existsSync } from 'node:fs';
import { clockStart } from '../../sandbox/clock-start.ts';
import { nearest } from '../../lambdas/domain/nearest.ts';
import { faults } from '../../sandbox/faults/all.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import { Mistakes, readWords, WordsError } from '../command/words.ts';

export const HELP = `npm start [-- options]      boots the sandbox, breaks it, and shows the repair

  --fault <name>   what goes wrong (default: not-ingested)
  --faults         lists the names that --fault takes, and starts nothing
  --cur <file>     a real Cost and Usage Report (CSV, gzipped CSV or Parquet) instead of generated lines
  --lines <n>      generated cost lines, 50000 to 10000000 (default: 50000)
  --seed <n>       decides every generated figure (default: 1)
  --now <moment>   where the sandbox's clock starts, e.g. 2026-11-30T06:45Z (default: now)
  --open           open the last start's world again, as it was left, and stay up
  --keep           stay up afterwards, for looking around; Ctrl-C ends
  --help           prints this

It ends with 0 when everything came as it should, and with 1 when not.`;

export interface StartOptions {
  readonly fault: Fault;
  readonly cur?: string;
  readonly lines: number;
  readonly seed: number;
  readonly now?: Date;
  readonly keep: boolean;
  readonly open: boolean;
}

/** Each fault by its name, with what goes wrong. */
export function faultList(): string {
  const width = Math.max(...faults.map(({ name }) => name.length));
  return faults.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n');
}

/** What a world that is opened again has already; what a report takes the place of. */
const OF_A_NEW_WORLD = ['fault', 'cur', 'lines', 'seed', 'keep'] as const;

/** @throws WordsError that names every mistake, and what is wanted */
export function readOptions(args: readonly string[]): StartOptions | 'faults' {
  const { values, given } = readWords(args, {
    command: 'npm start',
    options: {
      fault: { type: 'string', default: 'not-ingested' },
      faults: { type: 'boolean', default: false },
      cur: { type: 'string' },
      lines: { type: 'string', default: '50000' },
      seed: { type: 'string', default: '1' },
      now: { type: 'string' },
      keep: { type: 'boolean', default: false },
      open: { type: 'boolean', default: false },
    },
  });
  if (values.faults) return 'faults';
  const mistakes = new Mistakes();
  const lines = mistakes.whole('lines', values.lines, 50_000, 10_000_000);
  const seed = mistakes.whole('seed', values.seed, 0, 2_147_483_647);
  if (values.cur !== undefined && !existsSync(values.cur)) {
    mistakes.add(`--cur names ${values.cur}, which is not there; wanted the path of a CSV or Parquet file`);
  }
  const now = values.now === undefined ? undefined : clockStart(values.now);
  if (now && 'mistake' in now) mistakes.add(now.mistake);
  if (now && values.open)
    mistakes.add('--now is for a new world: the clock of one that is opened again goes on where it stopped');
  for (const name of OF_A_NEW_WORLD)
    if (values.open && given.has(name))
      mistakes.add(`--${name} is for a new world: --open shows the last one as it was left, and stays up`);
  if (given.has('lines') && values.cur !== undefined)
    mistakes.add('--lines does not go with --cur: the report has its own lines');
  if (now && values.cur !== undefined)
    mistakes.add('--now does not go with --cur: the newest usage in the report says where the clock starts');
  mistakes.refuse();
  return {
    fault: faultWanted(values.fault),
    lines,
    seed,
    keep: values.keep,
    open: values.open,
    ...(now instanceof Date && { now }),
    ...(values.cur !== undefined && { cur: values.cur }),
  };
}

/** @throws WordsError with the names that may have been meant */
export function faultWanted(name: string): Fault {
  const found = faults.find((fault) => fault.name === name);
  if (found) return found;
  const near = nearest(
    name,
    faults.map((fault) => fault.name),
    5,
  );
  throw new WordsError(
    `there is no fault "${name}"; the nearest are ${near.join(', ')} (npm start -- --faults lists all ${faults.length})`,
  );
}
