import { evidenceObject, phaseOf } from '../../record/evidence.ts';
import type { Gathered } from '../../record/gathered.ts';

/** Evidence of a run, or an entry of the incident's audit chain. */
export type Source = EvidenceSource | AuditSource;

export interface EvidenceSource {
  /** `E3` */
  readonly id: string;
  readonly kind: 'evidence';
  readonly run: string;
  readonly key: string;
  readonly sha256: string;
  readonly probe: string;
  readonly asked: string;
  readonly rows: number;
  readonly takenAt: string;
  /** In the record bucket. */
  readonly s3Key: string;
}

export interface AuditSource {
  /** `A7` is the chain's entry 7. */
  readonly id: string;
  readonly kind: 'audit';
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
  readonly of: string;
  readonly at: string;
}

declare const cited: unique symbol;

/** Only `fact` makes the brand, so that there is no fact without a source. */
export interface Fact {
  readonly text: string;
  readonly sources: readonly [Source, ...Source[]];
  readonly [cited]: true;
}

export const fact = (text: string, ...sources: readonly [Source, ...Source[]]): Fact =>
  ({ text, sources: [...new Set(sources)] }) as unknown as Fact;

/** Behind a fact: `[E3: run-1/before/budgets/1 sha256 ab12cd34ef56…]`. */
export function citationOf(source: Source): string {
  return source.kind === 'evidence'
    ? `[${source.id}: ${source.run}/${source.key} sha256 ${shortHash(source.sha256)}]`
    : `[${source.id}: seq ${source.seq} hash ${shortHash(source.hash)}]`;
}

export const shortHash = (hash: string): string => `${hash.slice(0, 12)}…`;

export interface Sources {
  readonly all: readonly Source[];
  evidence(run: string, key: string): Source | undefined;
  /** The chain's entry of that key, or else the sealed record, which holds every row. */
  audit(key: string): Source;
  /** Evidence of a run's probe in a phase, all its questions. */
  ofProbe(run: string, phase: string, probe: string): readonly Source[];
  /** The entry that holds the hash of the whole gathered record. */
  readonly record: Source;
}

/** The audit entry that seals the gathered record. */
export interface Seal {
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
  /** Of `record.json`. */
  readonly sha256: string;
}

/** Evidence is numbered in the order of runs; an audit entry's number is its place in the chain. */
export function sourcesOf({ incident, runs, audit }: Gathered, seal: Seal): Sources {
  const evidence = runs
    .flatMap(({ run, evidence }) => evidence.map((one) => ({ run, one })))
    .map(({ run, one }, i): EvidenceSource => ({
      id: `E${i + 1}`,
      kind: 'evidence',
      run,
      key: one.key,
      sha256: one.sha256,
      probe: one.probe,
      asked: one.source,
      rows: one.rowCount,
      takenAt: one.takenAt,
      s3Key: evidenceObject(run, phaseOf(one.key)),
    }));
  const entries = new Map(
    audit.map(({ key, seq, hash, kind, at }): [string, AuditSource] => [
      key,
      { id: `A${seq}`, kind: 'audit', chain: incident, seq, hash, of: kind, at },
    ]),
  );
  const record: AuditSource = {
    id: `A${seal.seq}`,
    kind: 'audit',
    chain: incident,
    seq: seal.seq,
    hash: seal.hash,
    of: `postmortem.gathered: record.json, sha256 ${seal.sha256}`,
    at: seal.at,
  };
  return {
    all: [...evidence, ...entries.values(), record],
    evidence: (run, key) => evidence.find((one) => one.run === run && one.key === key),
    audit: (key) => entries.get(key) ?? record,
    ofProbe: (run, phase, probe) =>
      evidence.filter((one) => one.run === run && one.probe === probe && phaseOf(one.key) === phase),
    record,
  };
}
