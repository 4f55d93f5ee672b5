import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { clockStart } from '../../sandbox/clock-start.ts';
import { faultNamed } from '../../sandbox/faults/registry.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';

export const HELP = `npm start [-- options]      boots the sandbox, breaks it, and shows the repair

  --fault <name>   what goes wrong (default: not-ingested); an unknown name lists them
  --cur <file>     a real Cost and Usage Report (CSV, gzipped CSV or Parquet) instead of generated lines
  --lines <n>      generated cost lines, 50000 to 10000000 (default: 50000)
  --seed <n>       decides every generated figure (default: 1)
  --now <moment>   where the sandbox's clock starts, e.g. 2026-11-30T06:45Z (default: now)
  --open           open the last start's world again, as it was left, and stay up
  --keep           stay up afterwards, for looking around; Ctrl-C ends
  --help`;

export interface StartOptions {
  readonly fault: Fault;
  readonly cur?: string;
  readonly lines: number;
  readonly seed: number;
  readonly now?: Date;
  readonly keep: boolean;
  readonly open: boolean;
}

/** @returns 'help' when that is asked for @throws an error that names every mistake and what was wanted */
export function readOptions(args: readonly string[]): StartOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fault: { type: 'string', default: 'not-ingested' },
      cur: { type: 'string' },
      lines: { type: 'string', default: '50000' },
      seed: { type: 'string', default: '1' },
      now: { type: 'string' },
      keep: { type: 'boolean', default: false },
      open: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const mistakes: string[] = [];
  const whole = (name: string, text: string, least: number, most: number): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      mistakes.push(`--${name} is "${text}"; wanted a whole number from ${least} to ${most}`);
    }
    return value;
  };
  const lines = whole('lines', values.lines, 50_000, 10_000_000);
  const seed = whole('seed', values.seed, 0, 2_147_483_647);
  if (values.cur !== undefined && !existsSync(values.cur)) {
    mistakes.push(`--cur names ${values.cur}, which is not there; wanted the path of a CSV or Parquet file`);
  }
  const now = values.now === undefined ? undefined : clockStart(values.now);
  if (now && 'mistake' in now) mistakes.push(now.mistake);
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  const fault = faultNamed(values.fault);
  return {
    fault,
    lines,
    seed,
    keep: values.keep,
    open: values.open,
    ...(now instanceof Date && { now }),
    ...(values.cur !== undefined && { cur: values.cur }),
  };
}
