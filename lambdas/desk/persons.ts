import type { Answer } from '../commands/definition.ts';

/** What a person was answered. */
export type Said = Pick<Answer, 'ok' | 'text' | 'data'> & { readonly status: number };

export interface Given {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Who sits at the desk: the only place where a person comes from. Every page and every button is a
 * command that this signs, so that the responder proves the person, and never believes the page.
 */
export interface Persons {
  /** The people to choose from, in a sandbox. Empty: the person whose credentials these are. */
  readonly choices: readonly string[];
  /** @throws when the command could not be signed or sent */
  give(command: Given, as: string | undefined): Promise<Said>;
}
