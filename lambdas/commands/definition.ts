import type { Ledger } from '../platform/ledger/queryable.ts';
import type * as z from 'zod';
import type { Start } from '../intake/start/start-run.ts';
import type { Notify } from '../notifications/notify.ts';
import type { ReadTools } from '../platform/clients.ts';
import type { Log } from '../platform/log.ts';
import type { Settings } from '../platform/settings.ts';
import { VERBS, type Verb } from '../domain/people.ts';
import type { Caller } from '../domain/run-request.ts';

export interface Answer {
  readonly ok: boolean;
  /** For the person: what was done, or the fault, the value got, the value wanted, the remedy. */
  readonly text: string;
  /** For programs. */
  readonly data?: unknown;
  /** HTTP status, where 200 and (not ok) 422 do not fit. */
  readonly status?: number;
}

export interface CommandCall<Input = unknown> {
  readonly input: Input;
  readonly caller: Caller;
  /** What the caller may order. */
  readonly may: readonly Verb[];
  readonly settings: Settings;
  readonly pool: Ledger;
  /** With the function's own role. */
  readonly tools: ReadTools;
  /** Starts runs that proven people order. */
  readonly start: Start;
  readonly notify: Notify;
  readonly now: Date;
  readonly log: Log;
}

export interface CommandDefinition<Schema extends z.ZodObject = z.ZodObject> {
  /** One line, for the list of commands. */
  readonly about: string;
  /** As typed after `npm run respond --`. */
  readonly usage: string;
  /** Unknown keys are refused, strict or not. */
  readonly schema: Schema;
  /** Which people may give it: those whose verbs contain one of these. */
  readonly may: readonly Verb[];
  /** Shows a page: it may be given as often as somebody looks, and leaves nothing in the record. */
  readonly looksOnly?: true;
  answer(call: CommandCall<z.infer<Schema>>): Promise<Answer>;
}

/** Types the command by its input, and forgets the type for the table. */
export const command = <Schema extends z.ZodObject>(one: CommandDefinition<Schema>): CommandDefinition => one;

/** Everybody who is listed may read. */
export const EVERYBODY: readonly Verb[] = VERBS;
