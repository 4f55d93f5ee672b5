import type { Caller } from '../domain/run-request.ts';
import { countRows, firstRow, type Ledger } from '../platform/ledger/queryable.ts';
import { canonicalHash } from '../platform/canonical-json.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { appendAudit, PEOPLES_CHAIN, type AuditEntry } from './audit-chain.ts';
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
 * Claims the command's nonce before anything is done: the first of two arrivals wins. The audit holds
 * the hash of the command, and no words.
 * @returns the first one's answer, when this is not it
 */
export async function claimCommand<Answer>(
  ledger: Ledger,
  command: { readonly nonce: string },
  { arn, person }: Caller,
  now: Date,
): Promise<FirstTime<Answer> | undefined> {
  const { nonce } = command;
  const text = storableJson(command);
  const claimed = await transaction(ledger, async (on) => {
    if ((await countRows(on, CLAIM, [nonce, now, arn, person, text])) !== 1) return false;
    const body = { nonce, person, caller: arn, sha256: canonicalHash(JSON.parse(text)) };
    await appendAudit(on, entryOf('given', nonce, now, body));
    return true;
  });
  if (claimed) return undefined;
  const first = await firstRow<FirstTime<Answer>>(ledger, FIRST, [nonce]);
  return first ?? { caller: '', at: now, answer: null };
}

const ANSWER = `update responder.command set answer = $2 where nonce = $1`;

export async function recordAnswer(ledger: Ledger, nonce: string, answer: unknown, now: Date): Promise<void> {
  const text = storableJson(answer);
  await transaction(ledger, async (on) => {
    await on.query(ANSWER, [nonce, text]);
    await appendAudit(
      on,
      entryOf('answered', nonce, now, { nonce, sha256: canonicalHash(JSON.parse(text)) }),
    );
  });
}

const entryOf = (what: 'given' | 'answered', nonce: string, now: Date, body: object): AuditEntry => ({
  chain: PEOPLES_CHAIN,
  key: `command.${what}/${nonce}`,
  at: now.toISOString(),
  kind: `command.${what}`,
  body,
});
