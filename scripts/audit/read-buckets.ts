import {
  GetObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  type S3Client,
} from '@aws-sdk/client-s3';
import { KEYS, sha256 } from '../../lambdas/record/audit/anchor-form.ts';
import type { AuditRow } from '../../lambdas/record/audit/chain-link.ts';
import { byteOrder } from './sorted-lines.ts';
import { signedText, trustedKeys, type StoredObject } from './verify-anchors.ts';
import { endedRuns } from './verify-evidence.ts';

/** Objects, and what is noteworthy about where they lay. */
export interface ReadObjects {
  readonly objects: readonly StoredObject[];
  readonly notes: readonly string[];
}

type Oldest = StoredObject & { readonly versionId: string };

/** The keys that the bucket's anchors are signed with. @param kept as you have kept them */
export async function readKeys(s3: S3Client, bucket: string, kept: readonly string[]): Promise<string[]> {
  const oldest: StoredObject[] = [];
  for await (const versions of versionsIn(s3, bucket, KEYS))
    oldest.push(...(await bodiesOf(s3, bucket, versions)).slice(0, 1));
  return trustedKeys(bucket, oldest, kept);
}

/**
 * Of each anchor the oldest version that we have signed, or else the oldest; what lies over it does not count.
 * @param notes is added what is noteworthy
 */
export async function* anchorsIn(
  s3: S3Client,
  bucket: string,
  keys: readonly string[],
  notes: string[],
): AsyncGenerator<StoredObject> {
  const read = async (versions: readonly Version[]): Promise<StoredObject | undefined> => {
    const key = versions[0]?.key ?? '';
    const count = versions.filter(({ marker }) => !marker).length;
    if (count > 1)
      notes.push(
        `${key} has ${count} versions; the oldest that we have signed counts, and somebody has put others there`,
      );
    if (versions.length > count)
      notes.push(`${key} was deleted; Object Lock has kept it, and somebody tried`);
    const oldestFirst = await bodiesOf(s3, bucket, versions);
    const signed = oldestFirst.find(
      ({ bytes }) => signedText({ log: bucket, keys }, key, bytes) !== undefined,
    );
    const chosen = signed ?? oldestFirst[0];
    if (!chosen) return undefined;
    const { versionId, ...object } = chosen;
    return { ...object, lockedUntil: await lockOf(s3, bucket, key, versionId) };
  };
  let waiting: Version[][] = [];
  const all = versionsIn(s3, bucket, '');
  for (let next = await all.next(); ; next = await all.next()) {
    if (!next.done) waiting.push(next.value);
    if (waiting.length < AT_ONCE && !next.done) continue;
    for (const object of await Promise.all(waiting.map(read))) if (object) yield object;
    if (next.done) return;
    waiting = [];
  }
}

/** All of them at once. */
export async function readAnchorBucket(
  s3: S3Client,
  bucket: string,
  kept: readonly string[] = [],
): Promise<ReadObjects> {
  const notes: string[] = [];
  const keys = await readKeys(s3, bucket, kept);
  const objects: StoredObject[] = [];
  for await (const object of anchorsIn(s3, bucket, keys, notes)) objects.push(object);
  return { objects, notes };
}

/** The oldest first, without the marks of deletions. */
async function bodiesOf(s3: S3Client, bucket: string, versions: readonly Version[]): Promise<Oldest[]> {
  const read: Oldest[] = [];
  for (const { key, versionId, marker, modified } of versions.toReversed())
    if (!marker) read.push({ key, versionId, modified, bytes: await bytesOf(s3, bucket, key, versionId) });
  return read;
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
    const versions: Version[] = [];
    for await (const own of versionsIn(s3, bucket, key)) versions.push(...own);
    for (const { key: found, versionId, marker } of versions) {
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

/** The versions of one key after the other in S3's order, the newest first; the marks of deletions among them anywhere. */
async function* versionsIn(s3: S3Client, bucket: string, prefix: string): AsyncGenerator<Version[]> {
  let own: Version[] = [];
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
    const versions = [
      ...(page.Versions ?? []).map((version) => versionOf(version, false)),
      ...(page.DeleteMarkers ?? []).map((version) => versionOf(version, true)),
    ];
    // The last key's versions may go on in the next page.
    for (const [key, group] of Map.groupBy(versions.sort(byKey), (version) => version.key)) {
      if (own.length > 0 && own[0]?.key !== key) {
        yield own;
        own = [];
      }
      own.push(...group);
    }
    from = page;
  } while (from.NextKeyMarker !== undefined);
  if (own.length > 0) yield own;
}

const byKey = (a: Version, b: Version): number => {
  const [one, other] = [byteOrder(a.key), byteOrder(b.key)];
  return one < other ? -1 : one > other ? 1 : 0;
};

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
