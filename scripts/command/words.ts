import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { nearest } from '../../lambdas/domain/nearest.ts';

/** The person typed something that the command does not understand: a line for each mistake, and exit code 2. */
export class WordsError extends Error {
  override readonly name = 'WordsError';
}

export interface Grammar<O extends ParseArgsOptionsConfig> {
  /** As a person types it: `npm run drill`. */
  readonly command: string;
  readonly options: O;
  /** Whether it takes words that are no options, e.g. names. */
  readonly takesWords?: boolean;
}

type Parsed<O extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true; args: string[] }>
> & {
  /** The options that were typed; the others have their defaults. */
  readonly given: ReadonlySet<string>;
};

/** @throws WordsError in one line: what is wrong, and what to type */
export function readWords<const O extends ParseArgsOptionsConfig>(
  args: readonly string[],
  { command, options, takesWords = false }: Grammar<O>,
): Parsed<O> {
  const help = `(${command} -- --help explains it)`;
  const names = Object.keys(options).map((name) => `--${name}`);
  const config = { options, allowPositionals: true, args: [...args] } as const;
  const { tokens } = parseArgs({ ...config, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional' && !takesWords) {
      throw new WordsError(
        names.length === 0
          ? `${command} takes no words; got "${token.value}"`
          : `${command} takes only options, which follow a "--": ${command} -- ${names[0]} …; got "${token.value}" ${help}`,
      );
    }
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue;
    const [near] = nearest(token.rawName, names, 1);
    const known = near === undefined ? 'it takes none' : `the nearest is ${near}; it has ${names.join(', ')}`;
    throw new WordsError(`${command} has no option ${token.rawName}; ${known} ${help}`);
  }
  const given = new Set(tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])));
  try {
    return { ...parseArgs(config), given };
  } catch (error) {
    // An option without its value, or with one that it does not take: Node says which, in its first sentence.
    const [said] = (error as Error).message.split(/\.\s|\n/);
    throw new WordsError(`${command}: ${said} ${help}`);
  }
}

/** Collects what is wrong with the values of options, so that a person learns of all of it at once. */
export class Mistakes {
  private readonly lines: string[] = [];

  add(line: string): void {
    this.lines.push(line);
  }

  whole(option: string, text: string, least: number, most: number): number {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      this.add(`--${option} is "${text}"; wanted a whole number from ${least} to ${most}`);
    return value;
  }

  /** @throws WordsError when there was one */
  refuse(): void {
    if (this.lines.length > 0) throw new WordsError(this.lines.join('\n'));
  }
}
