import * as z from 'zod';
import { evidenceHash } from '../../lambdas/record/evidence.ts';
import { sha256 } from '../../lambdas/record/audit/anchor-form.ts';
import type { AuditRow, Fault } from '../../lambdas/record/audit/chain-link.ts';
import type { StoredObject } from './verify-anchors.ts';

/** What the ledger's table `responder.evidence` says of one answer. */
export interface EvidenceRow {
  readonly run: string;
  readonly key: string;
  readonly sha256: string;
}

/** What the audit says of the evidence of a run that has ended. Entries of a run that died name none. */
const Ended = z.looseObject({
  run: z.string(),
  evidence: z.array(z.looseObject({ key: z.string(), sha256: z.string() })).default([]),
  bodies: z.array(z.looseObject({ key: z.string(), sha256: z.string() })).default([]),
});
export type Ended = z.infer<typeof Ended> & { readonly at: string; readonly where: string };

const Records = z.array(
  z.looseObject({
    key: z.string(),
    source: z.string(),
    query: z.string(),
    parameters: z.record(z.string(), z.unknown()),
    rows: z.array(z.unknown()),
    sha256: z.string(),
  }),
);

/** The ends of runs that the audit records. An entry that cannot be read is its chain's fault, not the evidence's. */
export function endedRuns(rows: readonly AuditRow[]): Ended[] {
  return rows.flatMap(({ kind, body, at, chain, seq }) => {
    if (kind !== 'run.ended') return [];
    try {
      const where = `chain ${chain}, entry ${seq}`;
      return [{ ...Ended.parse(JSON.parse(body)), at, where }];
    } catch {
      return [];
    }
  });
}

/** The rows of each answer in the bodies, by `<run> <key>`. */
export type Answers = ReadonlyMap<string, readonly unknown[]>;

export function answersOf(ended: readonly Ended[], bodies: readonly StoredObject[]): Answers {
  const byKey = new Map(bodies.map((body) => [body.key, body.bytes]));
  return new Map(
    ended.flatMap(({ run, bodies: own }) =>
      answersIn(own.map(({ key }) => byKey.get(key))).map(
        ({ key, rows }) => [`${run} ${key}`, rows] as const,
      ),
    ),
  );
}

export interface EvidenceVerdict {
  readonly faults: readonly Fault[];
  /** Bodies that are gone, as they may be: they were older than evidence is kept. */
  readonly expired: readonly string[];
}

/** @param keptSince bodies of runs that ended before may be gone */
export function verifyEvidence(
  ended: readonly Ended[],
  {
    bodies,
    evidence,
    keptSince,
  }: {
    bodies: readonly StoredObject[];
    evidence: readonly EvidenceRow[];
    keptSince: Date;
  },
): EvidenceVerdict {
  const byKey = new Map(bodies.map((body) => [body.key, body.bytes]));
  const byRun = Map.groupBy(evidence, ({ run }) => run);
  const faults: Fault[] = [];
  const expired: string[] = [];
  for (const run of ended) {
    const found = run.bodies.map(({ key }) => byKey.get(key));
    for (const [i, { key, sha256: expected }] of run.bodies.entries()) {
      const bytes = found[i];
      if (bytes === undefined && Date.parse(run.at) < keptSince.getTime()) expired.push(key);
      else faults.push(...bodyFaults(key, expected, bytes, run.where));
    }
    const whole = found.every((bytes) => bytes !== undefined) && run.bodies.length > 0;
    if (whole) faults.push(...answerFaults(run, found));
    faults.push(...rowFaults(run, byRun.get(run.run) ?? []));
  }
  return { faults, expired };
}

function bodyFaults(key: string, expected: string, bytes: Uint8Array | undefined, by: string): Fault[] {
  const where = `evidence ${key}`;
  if (!bytes) return [{ where, what: `it has vanished, although ${by} holds it` }];
  const found = sha256(bytes);
  return found === expected ? [] : [{ where, what: `its bytes are not what ${by} holds`, expected, found }];
}

const answersIn = (bodies: readonly (Uint8Array | undefined)[]): z.infer<typeof Records> =>
  bodies.flatMap((bytes) => {
    try {
      return Records.parse(JSON.parse(Buffer.from(bytes ?? []).toString()));
    } catch {
      // Its bytes have been reported.
      return [];
    }
  });

/** Every answer in the bodies is hashed again: source, query, parameters and all rows. */
function answerFaults({ run, where, evidence }: Ended, bodies: readonly (Uint8Array | undefined)[]): Fault[] {
  const hashes = new Map(answersIn(bodies).map((answer) => [answer.key, evidenceHash(answer)]));
  return evidence.flatMap(({ key, sha256: expected }) => {
    const found = hashes.get(key);
    if (found === expected) return [];
    const what = `the bodies do not hold the answer that ${where} names`;
    return [{ where: `evidence ${run} ${key}`, what, expected, found: found ?? 'no such answer' }];
  });
}

function rowFaults({ run, where, evidence }: Ended, rows: readonly EvidenceRow[]): Fault[] {
  const hashes = new Map(rows.map(({ key, sha256: hash }) => [key, hash]));
  return evidence.flatMap(({ key, sha256: expected }) => {
    const found = hashes.get(key);
    if (found === expected) return [];
    const what = `the ledger's row is not what ${where} holds`;
    return [
      { where: `row ${key} of ${run} in responder.evidence`, what, expected, found: found ?? 'no row' },
    ];
  });
}
