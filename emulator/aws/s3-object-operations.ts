import type {
  DeleteObjectCommandInput,
  GetObjectCommandInput,
  GetObjectRetentionCommandInput,
  HeadObjectCommandInput,
  PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError, operation } from '../kernel/service.ts';
import type { Authorizer, Call, Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { verifyChecksums } from './s3-checksums.ts';
import type { S3Object } from './s3-object.ts';
import { bucketArn, CHECKSUMS, CONTENT_HEADERS, headersOf, objectArn } from './s3-requests.ts';
import { retentionOf } from './s3-retention.ts';
import type { S3 } from './s3.ts';

export function s3ObjectOperations(s3: S3, iam?: Authorizer): Record<string, Operation> {
  /** A caller without s3:ListBucket gets AccessDenied for a missing key, as on AWS. */
  async function unlessHidden<T>(
    { Bucket, Key }: Named,
    { principal }: Call,
    work: () => T,
  ): Promise<Awaited<T>> {
    try {
      return await work();
    } catch (error) {
      const isMissing = error instanceof AwsError && error.code === 'NoSuchKey';
      const listing = { 's3:prefix': Key ?? '' };
      if (!isMissing || !iam || iam.check(principal, 's3:ListBucket', bucketArn({ Bucket }), listing).allowed)
        throw error;
      throw new AwsError('AccessDenied', 'Access Denied', 403);
    }
  }

  return {
    PutObject: operation<PutObjectCommandInput, unknown>({
      action: 's3:PutObject',
      resource: objectArn,
      also: (input) =>
        input.ObjectLockMode === undefined
          ? []
          : [{ action: 's3:PutObjectRetention', resource: objectArn(input) }],
      handle: (input) => putObject(s3, input),
    }),
    GetObject: operation<GetObjectCommandInput, unknown>({
      action: reading,
      resource: objectArn,
      handle: (input, call) => unlessHidden(input, call, () => getObject(s3, input)),
    }),
    HeadObject: operation<HeadObjectCommandInput, unknown>({
      action: reading,
      resource: objectArn,
      handle(input, call) {
        refuseOptions('HeadObject', input, ['Bucket', 'Key', 'VersionId', 'ChecksumMode', 'IfMatch']);
        return unlessHidden(input, call, () => {
          const object = s3.head(input.Bucket ?? '', input.Key ?? '', input.VersionId);
          requireEtag(object, input.IfMatch);
          return described(object, input.ChecksumMode);
        });
      },
    }),
    GetObjectRetention: operation<GetObjectRetentionCommandInput, unknown>({
      action: 's3:GetObjectRetention',
      resource: objectArn,
      handle(input) {
        refuseOptions('GetObjectRetention', input, ['Bucket', 'Key', 'VersionId']);
        const { retainUntil, lockMode: Mode = 'COMPLIANCE' } = s3.head(
          input.Bucket ?? '',
          input.Key ?? '',
          input.VersionId,
        );
        if (retainUntil === undefined)
          throw new AwsError(
            'NoSuchObjectLockConfiguration',
            'The specified object does not have a ObjectLock configuration',
            404,
          );
        return { Retention: { Mode, RetainUntilDate: new Date(retainUntil) } };
      },
    }),
    DeleteObject: operation<DeleteObjectCommandInput, unknown>({
      action: ({ VersionId }) => (VersionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion'),
      resource: objectArn,
      also: (input) =>
        input.BypassGovernanceRetention
          ? [{ action: 's3:BypassGovernanceRetention', resource: objectArn(input) }]
          : [],
      async handle(input) {
        refuseOptions('DeleteObject', input, ['Bucket', 'Key', 'VersionId', 'BypassGovernanceRetention']);
        const {
          Bucket = '',
          Key = '',
          VersionId,
          BypassGovernanceRetention: bypassGovernance = false,
        } = input;
        if (VersionId !== undefined) {
          const gone = await s3.deleteVersion(Bucket, Key, VersionId, { bypassGovernance });
          return { VersionId, ...(gone && !gone.object && { DeleteMarker: true }) };
        }
        const marker = await s3.delete(Bucket, Key);
        return marker && { DeleteMarker: true, VersionId: marker.versionId };
      },
    }),
  };
}

type Named = Pick<GetObjectCommandInput, 'Bucket' | 'Key'>;

const reading = ({ VersionId }: { VersionId?: string | undefined }): string =>
  VersionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';

async function putObject(s3: S3, input: PutObjectCommandInput): Promise<unknown> {
  refuseOptions('PutObject', input, [
    'Bucket',
    'Key',
    'Body',
    'ContentLength',
    'ContentType',
    'Metadata',
    'IfNoneMatch',
    'IfMatch',
    'ObjectLockMode',
    'ObjectLockRetainUntilDate',
    ...CONTENT_HEADERS,
    ...CHECKSUMS,
  ]);
  const body = (input.Body as Buffer | undefined) ?? Buffer.alloc(0);
  verifyChecksums(body, input);
  const object = await s3.put(input.Bucket ?? '', input.Key ?? '', body, {
    contentType: input.ContentType,
    headers: headersOf(input),
    metadata: input.Metadata,
    ifNoneMatch: input.IfNoneMatch,
    ifMatch: input.IfMatch,
    retention: retentionOf(input),
  });
  const { etag: ETag, versionId: VersionId } = object;
  return { ETag, VersionId, ...(input.ChecksumCRC32 !== undefined && { ChecksumCRC32: object.crc32 }) };
}

async function getObject(s3: S3, input: GetObjectCommandInput): Promise<unknown> {
  refuseOptions('GetObject', input, ['Bucket', 'Key', 'VersionId', 'Range', 'ChecksumMode', 'IfMatch']);
  const { object, body } = await s3.open(input.Bucket ?? '', input.Key ?? '', input.VersionId);
  try {
    requireEtag(object, input.IfMatch);
    const range = rangeOf(input.Range, object.size);
    if (!range) return { ...described(object, input.ChecksumMode), Body: body.createReadStream() };
    return {
      ...described(object, undefined),
      $metadata: { httpStatusCode: 206 },
      Body: body.createReadStream(range),
      ContentLength: range.end - range.start + 1,
      ContentRange: `bytes ${range.start}-${range.end}/${object.size}`,
    };
  } catch (error) {
    await body.close();
    throw error;
  }
}

/** `bytes=0-9`, `bytes=10-`, `bytes=-5`; both ends included. Anything else means the whole body, as in HTTP. */
function rangeOf(range: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end)
    throw new AwsError(
      'InvalidRange',
      `The requested range ${range} is not satisfiable; the object has ${size} bytes`,
      416,
    );
  return { start, end };
}

function requireEtag(object: S3Object, wanted: string | undefined): void {
  if (wanted === undefined || wanted.replaceAll('"', '') === object.etag.replaceAll('"', '')) return;
  throw new AwsError(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    412,
  );
}

const described = (object: S3Object, checksumMode: string | undefined): Record<string, unknown> => ({
  AcceptRanges: 'bytes',
  ContentLength: object.size,
  ContentType: object.contentType,
  ETag: object.etag,
  LastModified: new Date(object.modified),
  Metadata: object.metadata,
  VersionId: object.versionId,
  ...(object.retainUntil !== undefined && {
    ObjectLockMode: object.lockMode ?? 'COMPLIANCE',
    ObjectLockRetainUntilDate: new Date(object.retainUntil),
  }),
  ...object.headers,
  ...(checksumMode === 'ENABLED' && { ChecksumCRC32: object.crc32, ChecksumType: 'FULL_OBJECT' }),
});
