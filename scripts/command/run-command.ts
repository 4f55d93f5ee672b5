import packageJson from '../../package.json' with { type: 'json' };
import { inkFor } from '../ink.ts';
import { endAll, hasEnded } from './endings.ts';
import { WordsError } from './words.ts';

/** Once everything is released, nothing unknown to the command may keep its process for longer. */
const GRACE_MS = 2_000;

export interface Command {
  /** What `--help` prints, of the words before it. */
  readonly help: string | ((args: readonly string[]) => string);
  /** Begins the line that reports a failure, e.g. `the drills failed`. */
  readonly failed: string;
  /** Of a failure, where 1 means something else; an error may have an `exitCode` of its own. */
  readonly failureCode?: number;
  /** It runs another program, whose own `--help` may be among the words after the first that is no option. */
  readonly ownWords?: boolean;
  /** @returns the exit code, 0 when it says none @throws WordsError for 2, anything else for a failure */
  readonly main: (args: readonly string[]) => Promise<number | void> | number | void;
}

/** What all commands have in common: their help, their exit codes, one message when they fail, and a clean end. */
export async function runCommand({ help, failed, failureCode = 1, ownWords, main }: Command): Promise<void> {
  const args = process.argv.slice(2);
  if (asksForHelp(ownWords ? args.slice(0, 1) : args)) {
    try {
      const words = args.filter((word) => !isHelp(word));
      process.stdout.write(`${typeof help === 'string' ? help : help(words)}\n`);
    } catch (error) {
      process.stderr.write(`${(error as Error).message}\n`);
      process.exitCode = 2;
    }
    return;
  }
  if (!ownWords && args.includes('--version')) {
    const { name, version } = packageJson;
    process.stdout.write(`${name} ${version}, Node ${process.versions.node}\n`);
    return;
  }
  let code: number;
  try {
    code = (await main(args)) ?? 0;
  } catch (error) {
    // Interrupted, it fails of course: what it works on is being ended. A signal that has just come is heard first.
    await new Promise((turn) => setImmediate(turn));
    const { message } = error as Error;
    const understood = !(error instanceof WordsError);
    code = understood ? ((error as { exitCode?: number }).exitCode ?? failureCode) : 2;
    const ink = inkFor(process.stderr);
    if (!hasEnded()) process.stderr.write(`${understood ? `${ink.bad(failed)}: ` : ''}${message}\n`);
  }
  await endAll();
  process.exitCode = code;
  setTimeout(() => process.exit(), GRACE_MS).unref();
}

const asksForHelp = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).some(isHelp);
};

const isHelp = (word: string): boolean => word === '--help' || word === '-h';
