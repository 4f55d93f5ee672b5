import { createHash } from 'node:crypto';
import { allRows, firstRow, type Queryable } from '../platform/ledger/queryable.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import { storableText } from './storable.ts';

/** What happened to an incident, or what a person ordered. */
export interface AuditEntry {
  /** An incident's id; `people` for commands outside incidents. */
  readonly chain: string;
  /** A repeated key is the same entry. */
  readonly key: string;
  /** ISO 8601 with milliseconds, in UTC. */
  readonly at: string;
  readonly kind: string;
  /** JSON: identifiers, figures and hashes, never a tenant's data. */
  readonly body: unknown;
}

/** The chain of commands that belong to no incident. */
export const PEOPLES_CHAIN = 'people';

const APPEND = `
insert into responder.audit (chain, key, at, kind, body)
select chain, key, at, kind, body
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality as entry(chain, key, at, kind, body, n)
order by n`;

/**
 * Appends to the entries' chains, one after the other, in the transaction of the change. The database sets place and hashes
 * (migration 005); one transaction at a time appends to a chain.
 */
export async function appendAudit(client: Queryable, ...entries: readonly AuditEntry[]): Promise<void> {
  await client.query(APPEND, [
    entries.map(({ chain }) => chain),
    entries.map(({ key }) => key),
    entries.map(({ at }) => momentOf(at)),
    entries.map(({ kind }) => kind),
    entries.map(({ body }) => bodyOf(body)),
  ]);
}

/** As a chain has them. */
export const momentOf = (at: string): string => new Date(at).toISOString();
export const bodyOf = (body: unknown): string => storableText(canonicalJson(body));

const SAID = `select body from responder.audit where chain = $1 and key = $2`;

/** An entry about something that may change: a state that its key does not say yet is an entry of its own. */
export async function appendState(client: Queryable, entry: AuditEntry): Promise<void> {
  await appendAudit(client, entry);
  const { chain, key, body } = entry;
  const text = bodyOf(body);
  const said = await firstRow<{ body: string }>(client, SAID, [chain, key]);
  if (said?.body === text) return;
  const state = createHash('sha256').update(text).digest('hex').slice(0, 16);
  await appendAudit(client, { ...entry, key: `${key}/${state}` });
}

const ENTRIES = `select at, kind, body from responder.audit where chain = $1 order by seq`;

/** The chain's entries, oldest first; each body as JSON text. */
export const entriesOf = (
  on: Queryable,
  chain: string,
): Promise<{ at: string; kind: string; body: string }[]> => allRows(on, ENTRIES, [chain]);
