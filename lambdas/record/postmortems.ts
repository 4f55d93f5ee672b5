import type { Severity } from '../domain/decision.ts';
import { allRows, firstRow, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { appendAudit } from './audit-chain.ts';
import { auditOrder, type Order } from './orders.ts';

/** Its documents are in the record bucket. */
export interface PostmortemRow {
  readonly prefix: string;
  /** Of the draft's Markdown, hex. */
  readonly draftSha256: string;
  /** ISO 8601. */
  readonly draftedAt: string;
  readonly signedAt?: string;
  readonly signedBy?: string;
  readonly signedSha256?: string;
}

const ROW = `
select prefix, draft_sha256 as "draftSha256", drafted_at as "draftedAt", signed_at as "signedAt", signed_by as "signedBy",
       signed_sha256 as "signedSha256"
from responder.postmortem where incident_id = $1 and episode = $2`;

export async function postmortemOf(
  pool: Queryable,
  incident: string,
  episode: number,
): Promise<PostmortemRow | undefined> {
  const { rows } = await pool.query(ROW, [incident, episode]);
  const [row] = rows as { [K in keyof PostmortemRow]: string | Date | null }[];
  if (!row) return undefined;
  const present = Object.entries(row).filter(([, value]) => value !== null);
  // A moment is its ISO text.
  return JSON.parse(JSON.stringify(Object.fromEntries(present))) as PostmortemRow;
}

const SEALED = `select seq, hash, at from responder.audit where chain = $1 and key = $2`;

/**
 * The audit entry with the hash of the whole gathered record: cited by facts without an entry of their
 * own. The same record is the same entry.
 */
export async function sealRecord(
  pool: Ledger,
  { incident, episode, sha256, at }: { incident: string; episode: number; sha256: string; at: string },
): Promise<{ seq: number; hash: string; at: string }> {
  const key = `postmortem-gathered/${episode}/${sha256}`;
  await appendAudit(pool, {
    chain: incident,
    key,
    at,
    kind: 'postmortem.gathered',
    body: { episode, sha256 },
  });
  const sealed = await firstRow<{ seq: number; hash: string; at: string }>(pool, SEALED, [incident, key]);
  if (!sealed) throw new Error(`the audit of ${incident} did not keep the entry ${key}`);
  return sealed;
}

const DRAFTED = `
insert into responder.postmortem (incident_id, episode, prefix, drafted_at, draft_sha256) values ($1, $2, $3, $4, $5)
on conflict do nothing`;

/** The draft and its audit entry, in one transaction. @returns false when another draft is on record */
export function putDraft(
  pool: Ledger,
  incident: string,
  episode: number,
  draft: { prefix: string; key: string; sha256: string; at: string },
): Promise<boolean> {
  const { prefix, key, sha256, at } = draft;
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query(DRAFTED, [incident, episode, prefix, at, sha256]);
    if (rowCount !== 1) return false;
    await appendAudit(client, {
      chain: incident,
      key: `postmortem-drafted/${episode}`,
      at,
      kind: 'postmortem.drafted',
      body: { episode, key, sha256 },
    });
    return true;
  });
}

const SIGN = `
update responder.postmortem set signed_at = $3, signed_by = $4, signed_sha256 = $5
where incident_id = $1 and episode = $2 and signed_at is null`;

/** Wakes the escalation that waits for it. */
const CHANGED = `update responder.episode set version = version + 1 where incident_id = $1 and episode = $2`;

/** The signature and both audit entries, in one transaction. @returns false when it is signed already */
export function putSignature(
  pool: Ledger,
  incident: string,
  episode: number,
  { order, key, sha256 }: { order: Order; key: string; sha256: string },
): Promise<boolean> {
  const { caller, at } = order;
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query(SIGN, [incident, episode, at, caller.person, sha256]);
    if (rowCount !== 1) return false;
    await client.query(CHANGED, [incident, episode]);
    await appendAudit(client, {
      chain: incident,
      key: `postmortem-signed/${episode}`,
      at,
      kind: 'postmortem.signed',
      body: { episode, by: caller.person, key, sha256 },
    });
    await auditOrder(client, order);
    return true;
  });
}

const LATEST = `
select incident.incident_id as incident, episode.episode, episode.severity, episode.closed_at as "closedAt"
from responder.incident join responder.episode using (incident_id)
where incident.incident_id = $1 and episode.episode = coalesce($2, episode.episode)
order by episode.episode desc limit 1`;

export interface EpisodeAsked {
  readonly incident: string;
  readonly episode: number;
  readonly severity: Severity;
  readonly closedAt: Date | null;
}

/** The named episode of an incident, by default its latest. */
export async function episodeAsked(
  pool: Ledger,
  incident: string,
  episode?: number,
): Promise<EpisodeAsked | undefined> {
  return firstRow<EpisodeAsked>(pool, LATEST, [incident, episode]);
}

/** Those that wait for a signature are first. */
const NEWEST = `
select incident_id as incident, number, postmortem.episode, drafted_at as "draftedAt", signed_at as "signedAt", signed_by as "signedBy"
from responder.postmortem join responder.incident using (incident_id) order by signed_at desc limit 30`;

/** A postmortem in a list. */
export interface PostmortemInList {
  readonly incident: string;
  readonly number: number;
  readonly episode: number;
  readonly draftedAt: Date;
  readonly signedAt: Date | null;
  readonly signedBy: string | null;
}

export const newestPostmortems = (on: Queryable): Promise<PostmortemInList[]> =>
  allRows<PostmortemInList>(on, NEWEST);
