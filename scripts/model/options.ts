import { randomInt } from 'node:crypto';
import { Mistakes, readWords } from '../command/words.ts';

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

/** @throws WordsError when an option is not as wanted */
export function readOptions(args: readonly string[]): ModelOptions {
  const { values } = readWords(args, {
    command: 'npm run model',
    options: {
      sequences: { type: 'string', default: '500' },
      seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
      path: { type: 'string' },
      replay: { type: 'string' },
      workers: { type: 'string', default: '2' },
      'no-shrink': { type: 'boolean', default: false },
    },
  });
  const { path, replay } = values;
  const mistakes = new Mistakes();
  const sequences = mistakes.whole('sequences', values.sequences, 1, 1_000_000);
  const seed = mistakes.whole('seed', values.seed, -2_147_483_648, 2_147_483_647);
  const workers = mistakes.whole('workers', values.workers, 1, 16);
  mistakes.refuse();
  return {
    sequences,
    seed,
    // A path leads through one process's sequences.
    workers: path === undefined ? workers : 1,
    shrink: !values['no-shrink'],
    ...(path !== undefined && { path }),
    ...(replay !== undefined && { replayPath: replay }),
  };
}
