import type { Ledger } from '../platform/ledger/queryable.ts';
import { storableJson } from '../record/storable.ts';
import type { Caller } from '../domain/run-request.ts';
import type { Answer } from './definition.ts';
import type { Command } from './request.ts';

/** A command with all that makes it one: its nonce and its time. */
export type GivenCommand = Command & { readonly nonce: string; readonly at: string };

export interface FirstTime {
  readonly caller: string;
  readonly at: Date;
  readonly answer: Answer | null;
}

/**
 * Claims the command's nonce. Before anything is done: of two arrivals of one command, one is the first.
 * @returns what became of the first, when this is not it
 */
export async function claimCommand(
  pool: Ledger,
  command: GivenCommand,
  { arn, person }: Caller,
  now: Date,
): Promise<FirstTime | undefined> {
  const { rowCount } = await pool.query(
    `insert into responder.command (nonce, at, caller_arn, person, command) values ($1, $2, $3, $4, $5)
     on conflict (nonce) do nothing`,
    [command.nonce, now, arn, person, storableJson(command)],
  );
  if (rowCount === 1) return undefined;
  const { rows } = await pool.query<FirstTime>(
    'select caller_arn as caller, at, answer from responder.command where nonce = $1',
    [command.nonce],
  );
  return rows[0] ?? { caller: '', at: now, answer: null };
}

/** What the command came to, beside it. */
export async function recordAnswer(pool: Ledger, nonce: string, answer: Answer): Promise<void> {
  await pool.query('update responder.command set answer = $2 where nonce = $1', [
    nonce,
    storableJson(answer),
  ]);
}
