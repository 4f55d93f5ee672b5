import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export const HELP = `npm run model [-- --option …]   random sequences of everything that can happen to the responder: it must never make things worse

  --sequences <n>   how many (default: 500)
  --seed <n>        of the first process; the others count on from it (default: a random one)
  --path <path>     of a failure that was printed, with its --seed: goes there at once, in one process
  --replay <path>   the replay path of its commands, where one was printed
  --workers <n>     processes side by side, each with a sandbox of its own (default: 2)
  --no-shrink       does not look for a shorter sequence that fails, too
  --help`;

export interface ModelOptions {
  readonly sequences: number;
  readonly seed: number;
  readonly path?: string;
  readonly replayPath?: string;
  readonly workers: number;
  readonly shrink: boolean;
}

/** @returns 'help' when that is asked for @throws when an option is not as wanted */
export function readOptions(args: readonly string[]): ModelOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sequences: { type: 'string', default: '500' },
      seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
      path: { type: 'string' },
      replay: { type: 'string' },
      workers: { type: 'string', default: '2' },
      'no-shrink': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const number = (name: 'sequences' | 'workers' | 'seed', least: number, most: number): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new Error(`--${name} is "${values[name]}"; wanted a whole number from ${least} to ${most}`);
  };
  const { path, replay } = values;
  return {
    sequences: number('sequences', 1, 1_000_000),
    seed: number('seed', -2_147_483_648, 2_147_483_647),
    // A path leads through one process's sequences.
    workers: path === undefined ? number('workers', 1, 16) : 1,
    shrink: !values['no-shrink'],
    ...(path !== undefined && { path }),
    ...(replay !== undefined && { replayPath: replay }),
  };
}
