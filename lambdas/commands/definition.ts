import type { Ledger } from '../platform/ledger/queryable.ts';
import type * as z from 'zod';
import type { ReadTools } from '../platform/clients.ts';
import type { Log } from '../platform/log.ts';
import type { Settings } from '../platform/settings.ts';
import { VERBS, type Verb } from '../domain/people.ts';
import type { Caller } from '../domain/run-request.ts';

/** What a person is answered. */
export interface Answer {
  readonly ok: boolean;
  /** For the person: what was done, or the fault, what was got, what is wanted, the remedy. */
  readonly text: string;
  /** For programs. */
  readonly data?: unknown;
  /** Of HTTP, when 200 and (not ok) 422 do not say it. */
  readonly status?: number;
}

export interface CommandCall<Input = unknown> {
  readonly input: Input;
  readonly caller: Caller;
  readonly settings: Settings;
  readonly pool: Ledger;
  /** AWS clients of the function's own role, made when first asked for. */
  readonly tools: ReadTools;
  readonly now: Date;
  readonly log: Log;
}

export interface CommandDefinition<Schema extends z.ZodObject = z.ZodObject> {
  /** One line, for the list of commands. */
  readonly about: string;
  /** As it is typed after `npm run respond --`. */
  readonly usage: string;
  /** Of the input. Keys that it does not know are refused, whether or not it is strict. */
  readonly schema: Schema;
  /** Which people may give it: those whose verbs contain one of these. */
  readonly may: readonly Verb[];
  answer(call: CommandCall<z.infer<Schema>>): Promise<Answer>;
}

/** Lists a command with its input's type, and forgets the type for the table. */
export const command = <Schema extends z.ZodObject>(one: CommandDefinition<Schema>): CommandDefinition => one;

/** Whoever is listed may read. */
export const EVERYBODY: readonly Verb[] = VERBS;
