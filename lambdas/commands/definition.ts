import type { Ledger } from '../platform/ledger/queryable.ts';
import type * as z from 'zod';
import type { ReadTools } from '../platform/clients.ts';
import type { Log } from '../platform/log.ts';
import type { Settings } from '../platform/settings.ts';
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

export interface CommandCall<Input = unknown, Who = Caller | undefined> {
  readonly input: Input;
  /** Undefined for commands that do not ask who gives them. */
  readonly caller: Who;
  readonly settings: Settings;
  readonly pool: Ledger;
  /** AWS clients of the function's own role, made when first asked for. */
  readonly tools: ReadTools;
  readonly now: Date;
  readonly log: Log;
}

export interface CommandDefinition<
  Schema extends z.ZodObject = z.ZodObject,
  Identity extends boolean = boolean,
> {
  /** One line, for the list of commands. */
  readonly about: string;
  /** As it is typed after `npm run respond --`. */
  readonly usage: string;
  /** Of the input. Keys that it does not know are refused, whether or not it is strict. */
  readonly schema: Schema;
  /** Whether the caller must be proven. Only what changes nothing may do without. */
  readonly identity: Identity;
  answer(call: CommandCall<z.infer<Schema>, Identity extends true ? Caller : undefined>): Promise<Answer>;
}

/** Lists a command with its input's type, and forgets the type for the table. */
export const command = <Schema extends z.ZodObject, Identity extends boolean>(
  one: CommandDefinition<Schema, Identity>,
): CommandDefinition => one;
