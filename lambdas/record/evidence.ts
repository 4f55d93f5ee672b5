import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Evidence } from '../domain/evidence.ts';
import { countRows, type Queryable } from '../platform/ledger/queryable.ts';
import type { EvidenceRecord } from '../domain/run-record.ts';
import type { RunRequest } from '../domain/run-request.ts';

/** Rows that the ledger shows; the bucket has all, and all are counted and hashed. */
export const ROWS_KEPT = 100;
/** As JSON: floods of log lines stay in the bucket. */
const BYTES_KEPT = 200_000;

/**
 * SHA-256 (hex) over source, query, parameters and all rows, as JSON with sorted keys: `jsonb` keeps
 * no order of keys, and the hash must be checkable from the ledger.
 */
export const evidenceHash = ({ source, query, parameters, rows }: Evidence): string =>
  createHash('sha256')
    .update(canonicalJson([source, query, parameters, rows]))
    .digest('hex');

/**
 * e.g. `before/athena/1` for a probe's first piece of evidence in a phase. A phase may have slashes, a
 * probe none.
 */
export const evidenceKey = (phase: string, probe: string, n: number): string => `${phase}/${probe}/${n}`;

export const phaseOf = (key: string): string => key.split('/').slice(0, -2).join('/');

/** The object of the record bucket with a phase's evidence. A rehearsal has a prefix of its own. */
export const evidenceObject = (run: string, phase: string, mode: RunRequest['mode'] = 'live'): string =>
  `${evidencePrefix(run, mode)}${phase}.json`;

export const evidencePrefix = (run: string, mode: RunRequest['mode']): string =>
  `${mode === 'live' ? 'evidence' : 'rehearsals'}/${run}/`;

/** A probe's question and answer, as recorded. @param key by `evidenceKey` */
export function keepEvidence(key: string, probe: string, evidence: Evidence, takenAt: Date): EvidenceRecord {
  return {
    key,
    probe,
    source: evidence.source,
    query: evidence.query,
    parameters: evidence.parameters,
    rows: evidence.rows,
    rowCount: evidence.rows.length,
    sha256: evidenceHash(evidence),
    takenAt: takenAt.toISOString(),
  };
}

const FORGET = `
update responder.evidence set rows = '[]'
where taken_at < $1::timestamptz - make_interval(days => $2) and rows <> '[]'`;

/** Old answers lose their rows in the ledger; query, count and hash stay. @returns how many */
export const forgetOldRows = (on: Queryable, now: Date, days: number): Promise<number> =>
  countRows(on, FORGET, [now.toISOString(), days]);

/** The part for the ledger. */
export function excerptOf(record: EvidenceRecord): EvidenceRecord {
  const rows: unknown[] = [];
  let bytes = 0;
  for (const row of record.rows.slice(0, ROWS_KEPT)) {
    bytes += JSON.stringify(row)?.length ?? 0;
    if (bytes > BYTES_KEPT) break;
    rows.push(row);
  }
  return { ...record, rows };
}
