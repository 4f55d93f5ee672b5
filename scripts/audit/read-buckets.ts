import {
  GetObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  type S3Client,
} from '@aws-sdk/client-s3';
import { sha256 } from '../../lambdas/record/audit/anchor-form.ts';
import type { AuditRow } from '../../lambdas/record/audit/chain-link.ts';
import { signedText, trustedKeys, type StoredObject } from './verify-anchors.ts';
import { endedRuns } from './verify-evidence.ts';

/** Objects, and what is noteworthy about where they lay. */
export interface ReadObjects {
  readonly objects: readonly StoredObject[];
  readonly notes: readonly string[];
}

type Oldest = StoredObject & { readonly versionId: string };

/** Of each anchor the oldest version that we have signed, or else the oldest; what lies over it does not count. */
export async function readAnchorBucket(
  s3: S3Client,
  bucket: string,
  kept: readonly string[] = [],
): Promise<ReadObjects> {
  const versions = Map.groupBy(await versionsOf(s3, bucket, ''), ({ key }) => key);
  const notes: string[] = [];
  const found = await inTurns([...versions], async ([key, newestFirst]) => {
    const bodies = newestFirst.filter(({ marker }) => !marker);
    if (bodies.length > 1)
      notes.push(
        `${key} has ${bodies.length} versions; the oldest that we have signed counts, and somebody has put others there`,
      );
    if (newestFirst.length > bodies.length)
      notes.push(`${key} was deleted; Object Lock has kept it, and somebody tried`);
    const read: Oldest[] = [];
    for (const { versionId, modified } of bodies.toReversed())
      read.push({ key, versionId, modified, bytes: await bytesOf(s3, bucket, key, versionId) });
    return read;
  });
  const keys = trustedKeys(
    bucket,
    found.flatMap((one) => one.slice(0, 1)),
    kept,
  );
  const objects = await inTurns(found, async (oldestFirst) => {
    const signed = oldestFirst.find(
      ({ key, bytes }) => signedText({ log: bucket, keys }, key, bytes) !== undefined,
    );
    const chosen = signed ?? oldestFirst[0];
    if (!chosen) return undefined;
    const { versionId, ...object } = chosen;
    return { ...object, lockedUntil: await lockOf(s3, bucket, object.key, versionId) };
  });
  return { objects: objects.filter((object) => object !== undefined), notes };
}

/**
 * The bodies that the audit names. One that is not what was recorded is looked for among its versions: a run that was
 * redriven runs its probes again under its own name.
 */
export async function readBodies(
  s3: S3Client,
  bucket: string,
  rows: readonly AuditRow[],
): Promise<ReadObjects> {
  const wanted = new Map(
    endedRuns(rows).flatMap(({ bodies }) => bodies.map(({ key, sha256: hash }) => [key, hash])),
  );
  const notes: string[] = [];
  const objects = await inTurns([...wanted], async ([key, hash]) => {
    const current = await bytesOf(s3, bucket, key);
    if (current && sha256(current) === hash) return { key, bytes: current };
    for (const { key: found, versionId, marker } of await versionsOf(s3, bucket, key)) {
      if (found !== key || marker) continue;
      const bytes = await bytesOf(s3, bucket, key, versionId);
      if (!bytes || sha256(bytes) !== hash) continue;
      notes.push(`${key} was replaced or deleted since; its version ${versionId} is what was recorded`);
      return { key, bytes };
    }
    return current && { key, bytes: current };
  });
  return { objects: objects.filter((object) => object !== undefined), notes };
}

async function bytesOf<V extends string | undefined>(
  s3: S3Client,
  bucket: string,
  key: string,
  versionId?: V,
): Promise<Uint8Array | (V extends string ? never : undefined)> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
    if (!Body) throw new Error(`S3 gave no body for ${key} of ${bucket}`);
    return await Body.transformToByteArray();
  } catch (error) {
    if (versionId === undefined && error instanceof Error && error.name === 'NoSuchKey')
      return undefined as never;
    throw error;
  }
}

/** ISO 8601; null: nothing locks that version. */
async function lockOf(s3: S3Client, bucket: string, key: string, versionId: string): Promise<string | null> {
  try {
    const wanted = { Bucket: bucket, Key: key, VersionId: versionId };
    const { Retention } = await s3.send(new GetObjectRetentionCommand(wanted));
    return Retention?.RetainUntilDate?.toISOString() ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchObjectLockConfiguration') return null;
    throw error;
  }
}

interface Version {
  readonly key: string;
  readonly versionId: string;
  /** The mark of a deletion. */
  readonly marker: boolean;
  /** ISO 8601. */
  readonly modified: string;
}

/** The versions of a key in S3's order, the newest first; the marks of deletions among them anywhere. */
async function versionsOf(s3: S3Client, bucket: string, prefix: string): Promise<Version[]> {
  const all: Version[] = [];
  let from: Pick<ListObjectVersionsCommandOutput, 'NextKeyMarker' | 'NextVersionIdMarker'> = {};
  do {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({
        Bucket: bucket,
        Prefix: prefix,
        KeyMarker: from.NextKeyMarker,
        VersionIdMarker: from.NextVersionIdMarker,
      }),
    );
    all.push(...(page.Versions ?? []).map((version) => versionOf(version, false)));
    all.push(...(page.DeleteMarkers ?? []).map((version) => versionOf(version, true)));
    from = page;
  } while (from.NextKeyMarker !== undefined);
  return all;
}

const versionOf = (
  { Key = '', VersionId = 'null', LastModified = new Date(0) }: Partial<ObjectVersion>,
  marker: boolean,
): Version => ({ key: Key, versionId: VersionId, marker, modified: LastModified.toISOString() });

const AT_ONCE = 16;

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let i = 0; i < items.length; i += AT_ONCE)
    done.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(work))));
  return done;
}
