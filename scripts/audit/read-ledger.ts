import { Pool, type ClientBase, type PoolConfig } from 'pg';
import { ledgerAuthorities } from '../../lib/ledger-authorities.ts';
import { isLoopback } from '../../lambdas/platform/ledger/connection.ts';
import type { AuditRow } from '../../lambdas/record/audit/chain-link.ts';
import { readRecord } from './read-record.ts';
import type { RecordRows } from './verify-record.ts';
import type { EvidenceRow } from './verify-evidence.ts';

const ROWS = `
select chain, seq, key, at, kind, body, login, previous, hash from responder.audit order by chain collate "C", seq`;
const EVIDENCE = `
select run_id as run, key, sha256 from responder.evidence order by run_id collate "C", key collate "C"`;

/**
 * The product's own rule: the server's certificate is verified before it gets the password, except on
 * loopback. What the address says about TLS does not count.
 * @param ca file of the authorities that sign it, in place of those of RDS
 * @throws when the address cannot be read
 */
export function safeConnection(url: string, ca?: string): PoolConfig {
  const { hostname, port, pathname, username, password } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    ...(port !== '' && { port: Number(port) }),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ssl: isLoopback(host) ? false : { rejectUnauthorized: true, ca: ledgerAuthorities(ca) },
  };
}

/** Every chain as it stands. */
export const readChains = async (client: ClientBase | Pool): Promise<readonly AuditRow[]> =>
  (await client.query<AuditRow>(ROWS)).rows;

export const readEvidence = async (client: ClientBase | Pool): Promise<readonly EvidenceRow[]> =>
  (await client.query<EvidenceRow>(EVIDENCE)).rows;

/** All of the audit that the ledger holds. */
export async function readAll(client: ClientBase): Promise<{
  rows: readonly AuditRow[];
  evidence: readonly EvidenceRow[];
  record: RecordRows;
}> {
  const [rows, evidence] = [await readChains(client), await readEvidence(client)];
  return { rows, evidence, record: await readRecord(client) };
}

export const readLedger = (url: string, ca?: string): ReturnType<typeof readAll> =>
  atOneMoment(url, ca, readAll);

/** Looks at the ledger as of one moment, and changes nothing. @param ca see `safeConnection` */
export async function atOneMoment<T>(
  url: string,
  ca: string | undefined,
  look: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const pool = new Pool({ ...safeConnection(url, ca), max: 1, connectionTimeoutMillis: 10_000 });
  pool.on('error', () => undefined);
  try {
    const client = await pool.connect();
    try {
      await client.query('begin isolation level repeatable read read only');
      const seen = await look(client);
      await client.query('commit');
      return seen;
    } finally {
      client.release();
    }
  } finally {
    await pool.end();
  }
}
