import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '../kernel/clock.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { S3Bodies } from './s3-bodies.ts';
import { crc32Of } from './s3-checksums.ts';
import { listObjects } from './s3-listing.ts';
import type { Listing, ListRequest } from './s3-listing.ts';
import type { BucketSettings, PutOptions, S3Bucket, S3Object } from './s3-object.ts';
import { requirePreconditions } from './s3-preconditions.ts';
import { retained } from './s3-retention.ts';
import {
  asVersion,
  newVersionId,
  NULL_VERSION,
  refuseLocked,
  S3Versions,
  type S3Version,
} from './s3-versions.ts';

/**
 * Buckets, optionally with versions and Object Lock. Bodies are files (see `filePath`), everything
 * else is in the store.
 */
export class S3 {
  private readonly buckets: Collection<S3Bucket>;
  private readonly objects: Collection<S3Object>;
  private readonly versions: S3Versions;
  private readonly bodies: S3Bodies;
  private readonly clock: Clock;

  constructor({
    store,
    clock,
    dataDir,
  }: {
    store: Pick<Store, 'collection'>;
    clock: Clock;
    dataDir: string;
  }) {
    this.buckets = store.collection<S3Bucket>('s3.bucket');
    this.objects = store.collection<S3Object>('s3.object');
    this.versions = new S3Versions(store);
    this.bodies = new S3Bodies(dataDir);
    this.clock = clock;
  }

  /** Has no effect on an existing bucket. */
  async createBucket(name: string, settings: BucketSettings = {}): Promise<void> {
    if (!/^(?!\.|.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
      throw new AwsError('InvalidBucketName', `The specified bucket is not valid: ${name}`, 400);
    }
    if (!this.buckets.get(name))
      await this.buckets.put(name, { name, created: this.clock.now().toISOString(), ...settings });
  }

  /** @throws AwsError BucketNotEmpty; a missing bucket is no error */
  async deleteBucket(name: string): Promise<void> {
    if (!this.buckets.get(name)) return;
    if (this.versions.list(name, '').length > 0)
      throw new AwsError(
        'BucketNotEmpty',
        'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
        409,
      );
    if (this.list(name).length > 0)
      throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    await this.buckets.delete(name);
  }

  hasBucket(name: string): boolean {
    return this.buckets.get(name) !== undefined;
  }

  allBuckets(): S3Bucket[] {
    return this.buckets.all().sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws AwsError PreconditionFailed, NoSuchBucket, KeyTooLongError */
  async put(bucket: string, key: string, body: Uint8Array, options: PutOptions = {}): Promise<S3Object> {
    const where = this.needBucket(bucket);
    const lock = retained(where, options, this.clock.now());
    if (Buffer.byteLength(key) > 1024) throw new AwsError('KeyTooLongError', 'Your key is too long', 400);
    requirePreconditions(this.objects.get(idOf(bucket, key)), options);
    const file = await this.bodies.write(bucket, key, body);
    const object: S3Object = {
      bucket,
      key,
      size: body.length,
      etag: `"${createHash('md5').update(body).digest('hex')}"`,
      crc32: crc32Of(body),
      // Whole seconds, as S3 keeps it.
      modified: `${this.clock.now().toISOString().slice(0, 19)}.000Z`,
      contentType: options.contentType ?? 'binary/octet-stream',
      headers: options.headers ?? {},
      metadata: options.metadata ?? {},
      file,
      ...(where.versioned && { versionId: newVersionId() }),
      ...lock,
    };
    // Checked again, now that nothing can happen between the check and the write: of two writers
    // with `*` one must fail.
    let before: S3Object | undefined;
    try {
      before = this.objects.get(idOf(bucket, key));
      requirePreconditions(before, options);
    } catch (error) {
      await this.bodies.remove(file);
      throw error;
    }
    const { versionId, modified } = object;
    const version = versionId && this.versions.add({ bucket, key, versionId, modified, object });
    await Promise.all([this.objects.put(idOf(bucket, key), object), version]);
    if (before && before.versionId === undefined) await this.bodies.remove(before.file);
    return object;
  }

  /** The whole body. @throws AwsError NoSuchKey */
  async get(bucket: string, key: string): Promise<Buffer> {
    const { body } = await this.open(bucket, key);
    try {
      return await body.readFile();
    } finally {
      await body.close();
    }
  }

  /** The object and its open body. They belong together even if the object is replaced meanwhile. */
  async open(
    bucket: string,
    key: string,
    versionId?: string,
  ): Promise<{ object: S3Object; body: FileHandle }> {
    for (;;) {
      const object = this.head(bucket, key, versionId);
      try {
        return { object, body: await open(this.bodies.pathOf(object.file)) };
      } catch (error) {
        if (this.head(bucket, key, versionId).file === object.file) throw error;
      }
    }
  }

  /** @throws AwsError NoSuchKey, NoSuchVersion */
  head(bucket: string, key: string, versionId?: string): S3Object {
    const { versioned } = this.needBucket(bucket);
    const object =
      versionId === undefined || (!versioned && versionId === NULL_VERSION)
        ? this.find(bucket, key)
        : this.versions.object(bucket, key, versionId);
    if (!object) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    return object;
  }

  find(bucket: string, key: string): S3Object | undefined {
    this.needBucket(bucket);
    return this.objects.get(idOf(bucket, key));
  }

  /** All objects under a prefix, in S3's order (by the bytes of the key). */
  list(bucket: string, prefix = ''): S3Object[] {
    this.needBucket(bucket);
    return this.objects
      .all()
      .filter((object) => object.bucket === bucket && object.key.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  page(request: ListRequest): Listing {
    return listObjects(this.list(request.bucket, request.prefix), request);
  }

  /** Every version, markers of deletions included; without versioning, each object as version `null`. */
  listVersions(bucket: string, prefix = ''): S3Version[] {
    return this.needBucket(bucket).versioned
      ? this.versions.list(bucket, prefix)
      : this.list(bucket, prefix).map(asVersion);
  }

  /** Has no effect if there is no such object. @returns the marker, in a bucket with versions */
  async delete(bucket: string, key: string): Promise<S3Version | undefined> {
    const object = this.find(bucket, key);
    const marker = this.needBucket(bucket).versioned
      ? { bucket, key, versionId: newVersionId(), modified: this.clock.now().toISOString() }
      : undefined;
    await Promise.all([
      object && this.objects.delete(idOf(bucket, key)),
      marker && this.versions.add(marker),
    ]);
    if (object && !marker) await this.bodies.remove(object.file);
    return marker;
  }

  /**
   * Deletes the version; the one before it becomes the newest. @returns the deleted version, if
   * there was one
   * @throws AwsError AccessDenied while Object Lock retains it
   */
  async deleteVersion(
    bucket: string,
    key: string,
    versionId: string,
    { bypassGovernance = false } = {},
  ): Promise<S3Version | undefined> {
    if (!this.needBucket(bucket).versioned && versionId === NULL_VERSION) {
      const object = this.find(bucket, key);
      await this.delete(bucket, key);
      return object && asVersion(object);
    }
    const version = this.versions.find(bucket, key, versionId);
    if (!version) return undefined;
    refuseLocked(version, this.clock.now(), bypassGovernance);
    const gone = this.versions.remove(version);
    const newest = this.versions.newest(bucket, key)?.object;
    const id = idOf(bucket, key);
    await Promise.all([gone, newest ? this.objects.put(id, newest) : this.objects.delete(id)]);
    if (version.object) await this.bodies.remove(version.object.file);
    return version;
  }

  /** The file of the present body; a later `put` uses another one. @throws AwsError NoSuchKey */
  filePath(bucket: string, key: string): string {
    return this.bodies.pathOf(this.head(bucket, key).file);
  }

  /** @throws AwsError NoSuchBucket */
  needBucket(name: string): S3Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) throw new AwsError('NoSuchBucket', `The specified bucket does not exist: ${name}`, 404);
    return bucket;
  }
}

const idOf = (bucket: string, key: string): string => `${bucket}/${key}`;
