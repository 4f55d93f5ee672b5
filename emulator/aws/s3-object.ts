/** A lock in mode GOVERNANCE yields to `s3:BypassGovernanceRetention`, in COMPLIANCE to nobody. */
export type LockMode = 'COMPLIANCE' | 'GOVERNANCE';

export interface S3Bucket {
  readonly name: string;
  readonly created: string;
  /** Replaced and deleted objects stay as versions. */
  readonly versioned?: boolean;
  /** Object Lock, which cannot be removed; by default each version is retained for `days`. */
  readonly objectLock?: { readonly days?: number; readonly mode?: LockMode };
}

export type BucketSettings = Omit<S3Bucket, 'name' | 'created'>;

export interface S3Object {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  /** Base64, as the API gives it. */
  readonly crc32: string;
  readonly modified: string;
  readonly contentType: string;
  readonly headers: S3Headers;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the body lies, relative to the data directory. */
  readonly file: string;
  /** In a bucket with versioning. */
  readonly versionId?: string;
  /** Under Object Lock until then. */
  readonly retainUntil?: string;
  /** How; by default COMPLIANCE. */
  readonly lockMode?: LockMode;
}

/** Headers that are kept with an object and returned unchanged. */
export interface S3Headers {
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
}

export interface PutOptions {
  readonly contentType?: string | undefined;
  readonly headers?: S3Headers;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** `*`: only if there is no such object. */
  readonly ifNoneMatch?: string | undefined;
  /** Only if the object there has this ETag. */
  readonly ifMatch?: string | undefined;
  readonly retention?: { readonly mode: LockMode; readonly until: Date } | undefined;
}
