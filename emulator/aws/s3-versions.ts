import { randomBytes } from 'node:crypto';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import type { S3Object } from './s3-object.ts';

/** A version of an object; without `object` it is the marker of a deletion. */
export interface S3Version {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly modified: string;
  readonly object?: S3Object;
}

/** S3 gives an object in a bucket without versioning this ID. */
export const NULL_VERSION = 'null';

export const asVersion = (object: S3Object): S3Version => ({
  bucket: object.bucket,
  key: object.key,
  versionId: NULL_VERSION,
  modified: object.modified,
  object,
});

export const newVersionId = (): string => randomBytes(16).toString('hex');

/** All versions in buckets with versioning, the newest included, in the order of their creation. */
export class S3Versions {
  private readonly versions: Collection<S3Version>;

  constructor(store: Pick<Store, 'collection'>) {
    this.versions = store.collection<S3Version>('s3.version');
  }

  async add(version: S3Version): Promise<void> {
    await this.versions.put(idOf(version), version);
  }

  async remove(version: S3Version): Promise<void> {
    await this.versions.delete(idOf(version));
  }

  find(bucket: string, key: string, versionId: string): S3Version | undefined {
    return this.versions.get(idOf({ bucket, key, versionId }));
  }

  newest(bucket: string, key: string): S3Version | undefined {
    return this.versions.all().findLast((version) => version.bucket === bucket && version.key === key);
  }

  /** @throws AwsError NoSuchVersion, and MethodNotAllowed for a marker */
  object(bucket: string, key: string, versionId: string): S3Object {
    const version = this.find(bucket, key, versionId);
    if (!version) throw new AwsError('NoSuchVersion', `There is no version ${versionId} of ${key}`, 404);
    if (version.object) return version.object;
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against a marker.', 405);
  }

  /** In S3's order: by the bytes of the key, the newest version first. */
  list(bucket: string, prefix: string): S3Version[] {
    return this.versions
      .all()
      .filter((version) => version.bucket === bucket && version.key.startsWith(prefix))
      .reverse()
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }
}

/** @param bypass the caller bypasses governance, and may */
export function refuseLocked({ object }: S3Version, now: Date, bypass: boolean): void {
  if (object?.retainUntil === undefined || Date.parse(object.retainUntil) <= now.getTime()) return;
  if (bypass && object.lockMode === 'GOVERNANCE') return;
  throw new AwsError('AccessDenied', 'Access Denied because object protected by object lock.', 403);
}

const idOf = ({ bucket, key, versionId }: Pick<S3Version, 'bucket' | 'key' | 'versionId'>): string =>
  `${bucket}/${key}\n${versionId}`;
