import type { S3 } from '@aws-sdk/client-s3';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import { evidenceHash } from '../../record/evidence.ts';
import { evidenceOf } from '../../record/read.ts';
import type { EvidenceRecord } from '../../domain/run-record.ts';
import type { Body } from './exports.ts';
import { readObject } from './objects.ts';
import type { EvidenceSource, Source } from './source.ts';

export interface BodyPlace {
  readonly pool: Ledger;
  readonly s3: S3;
  readonly bucket: string;
}

/**
 * The bodies of all evidence, checked against the hashes on record. Where one is missing or differs,
 * the ledger's excerpt stands in, with a note: waiting for it might never end.
 */
export async function loadBodies(sources: readonly Source[], place: BodyPlace): Promise<Body[]> {
  const objects = new Map<string, Promise<EvidenceRecord[]>>();
  const bodies: Body[] = [];
  for (const source of sources) {
    if (source.kind !== 'evidence') continue;
    let object = objects.get(source.s3Key);
    if (!object) objects.set(source.s3Key, (object = objectOf(source.s3Key, place)));
    const found = (await object).find(({ key }) => key === source.key);
    if (found && evidenceHash(found) === source.sha256) bodies.push({ source, evidence: found });
    else bodies.push(await excerpt(source, place.pool, found !== undefined));
  }
  return bodies;
}

async function objectOf(key: string, { s3, bucket }: BodyPlace): Promise<EvidenceRecord[]> {
  const text = await readObject(s3, bucket, key);
  if (text === undefined) return [];
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) ? (read as EvidenceRecord[]) : [];
  } catch {
    return [];
  }
}

async function excerpt(source: EvidenceSource, pool: Ledger, altered: boolean): Promise<Body> {
  const evidence = await evidenceOf(pool, source.run, source.key);
  if (!evidence) throw new Error(`evidence ${source.run}/${source.key} has gone from the ledger`);
  const why = altered ? 'Its body in the bucket does not have this hash' : 'Its body is not in the bucket';
  const lacking = `${why}: ${evidence.rows.length} of ${source.rows} rows are the ledger’s excerpt`;
  return { source, evidence, lacking };
}
