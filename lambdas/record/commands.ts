import type { Caller } from '../domain/run-request.ts';
import { countRows, firstRow, type Ledger } from '../platform/ledger/queryable.ts';
import { storableJson } from './storable.ts';

export interface FirstTime<Answer> {
  readonly caller: string;
  readonly at: Date;
  readonly answer: Answer | null;
}

const CLAIM = `
insert into responder.command (nonce, at, caller_arn, person, command) values ($1, $2, $3, $4, $5)
on conflict (nonce) do nothing`;
const FIRST = `select caller_arn as caller, at, answer from responder.command where nonce = $1`;

/**
 * Claims the command's nonce before anything is done: the first of two arrivals wins.
 * @returns the first one's answer, when this is not it
 */
export async function claimCommand<Answer>(
  ledger: Ledger,
  command: { readonly nonce: string },
  { arn, person }: Caller,
  now: Date,
): Promise<FirstTime<Answer> | undefined> {
  const { nonce } = command;
  if ((await countRows(ledger, CLAIM, [nonce, now, arn, person, storableJson(command)])) === 1)
    return undefined;
  const first = await firstRow<FirstTime<Answer>>(ledger, FIRST, [nonce]);
  return first ?? { caller: '', at: now, answer: null };
}

const ANSWER = `update responder.command set answer = $2 where nonce = $1`;

export async function recordAnswer(ledger: Ledger, nonce: string, answer: unknown): Promise<void> {
  await ledger.query(ANSWER, [nonce, storableJson(answer)]);
}
