import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { EvidenceRecord } from '../domain/run-record.ts';

/** Rows of an answer that the ledger shows; all of them lie in the bucket, and are counted and hashed. */
export const ROWS_KEPT = 100;
/** As JSON: a flood of long log lines belongs into the bucket. */
const BYTES_KEPT = 200_000;

/**
 * SHA-256 (hex) over source, query, parameters and all rows, as JSON with sorted keys: the ledger's `jsonb` keeps
 * no order of keys, and the hash must be checkable from there.
 */
export const evidenceHash = ({ source, query, parameters, rows }: Evidence): string =>
  createHash('sha256')
    .update(canonicalJson([source, query, parameters, rows]))
    .digest('hex');

/** Key of a probe's nth piece of evidence in a phase, e.g. `before/athena/1`. A phase may have slashes, a probe none. */
export const evidenceKey = (phase: string, probe: string, n: number): string => `${phase}/${probe}/${n}`;

/** The phase of a key. */
export const phaseOf = (key: string): string => key.split('/').slice(0, -2).join('/');

/** The object of the record bucket that holds a phase's evidence. */
export const evidenceObject = (run: string, phase: string): string => `evidence/${run}/${phase}.json`;

/** What a probe asked and got, as it is kept. @param key by `evidenceKey` */
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

/** What of the evidence goes into the ledger. */
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
