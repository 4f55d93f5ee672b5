import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type {
  AbortMultipartUploadCommandInput,
  CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
  UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import type { Clock } from '../kernel/clock.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import type { S3Bodies } from './s3-bodies.ts';
import { verifyChecksums } from './s3-checksums.ts';
import { CHECKSUMS, CONTENT_HEADERS, headersOf, objectArn } from './s3-requests.ts';
import type { PutOptions } from './s3-object.ts';
import type { S3 } from './s3.ts';

interface Part {
  readonly file: string;
  readonly md5: string;
  readonly size: number;
}

interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly options: PutOptions;
  readonly started: string;
  readonly parts: Readonly<Record<string, Part>>;
}

/** Uploads in parts, which the CLI uses from 8 MB on. */
export class S3Multipart {
  private readonly s3: S3;
  private readonly bodies: S3Bodies;
  private readonly uploads: Collection<Upload>;
  private readonly clock: Clock;

  constructor(s3: S3, bodies: S3Bodies, store: Pick<Store, 'collection'>, clock: Clock) {
    this.s3 = s3;
    this.bodies = bodies;
    this.uploads = store.collection<Upload>('s3.upload');
    this.clock = clock;
  }

  operations(): Record<string, Operation> {
    return {
      CreateMultipartUpload: operation<CreateMultipartUploadCommandInput, unknown>({
        action: 's3:PutObject',
        resource: objectArn,
        handle: (input) => this.create(input),
      }),
      UploadPart: operation<UploadPartCommandInput, unknown>({
        action: 's3:PutObject',
        resource: objectArn,
        handle: (input) => this.uploadPart(input),
      }),
      CompleteMultipartUpload: operation<CompleteMultipartUploadCommandInput, unknown>({
        action: 's3:PutObject',
        resource: objectArn,
        handle: (input) => this.complete(input),
      }),
      AbortMultipartUpload: operation<AbortMultipartUploadCommandInput, unknown>({
        action: 's3:AbortMultipartUpload',
        resource: objectArn,
        handle: (input) => this.discard(this.find(input), input.UploadId ?? ''),
      }),
    };
  }

  private async create(input: CreateMultipartUploadCommandInput): Promise<unknown> {
    refuseOptions('CreateMultipartUpload', input, [
      'Bucket',
      'Key',
      'Metadata',
      'ContentType',
      'ChecksumAlgorithm',
      'ChecksumType',
      ...CONTENT_HEADERS,
    ]);
    const { Bucket = '', Key = '' } = input;
    this.s3.needBucket(Bucket);
    const UploadId = randomBytes(24).toString('base64url');
    await this.uploads.put(UploadId, {
      bucket: Bucket,
      key: Key,
      options: { contentType: input.ContentType, headers: headersOf(input), metadata: input.Metadata },
      started: this.clock.now().toISOString(),
      parts: {},
    });
    return { Bucket, Key, UploadId };
  }

  private async uploadPart(input: UploadPartCommandInput): Promise<unknown> {
    refuseOptions('UploadPart', input, [
      'Bucket',
      'Key',
      'UploadId',
      'PartNumber',
      'Body',
      'ContentLength',
      ...CHECKSUMS,
    ]);
    const { UploadId = '', PartNumber = 0 } = input;
    this.find(input);
    const body = (input.Body as Buffer | undefined) ?? Buffer.alloc(0);
    verifyChecksums(body, input);
    const file = await this.bodies.write('.uploads', `${UploadId}/${PartNumber}`, body);
    const md5 = createHash('md5').update(body).digest('hex');
    // Parts arrive at the same time: nothing may be awaited between reading the upload and putting it back.
    const upload = this.find(input);
    const replaced = upload.parts[PartNumber];
    await this.uploads.put(UploadId, {
      ...upload,
      parts: { ...upload.parts, [PartNumber]: { file, md5, size: body.length } },
    });
    if (replaced) await this.bodies.remove(replaced.file);
    return {
      ETag: `"${md5}"`,
      ...(input.ChecksumCRC32 !== undefined && { ChecksumCRC32: input.ChecksumCRC32 }),
    };
  }

  private async complete(input: CompleteMultipartUploadCommandInput): Promise<unknown> {
    refuseOptions('CompleteMultipartUpload', input, [
      'Bucket',
      'Key',
      'UploadId',
      'MultipartUpload',
      'IfMatch',
      'IfNoneMatch',
      'ChecksumType',
    ]);
    const { Bucket = '', Key = '', UploadId = '' } = input;
    const upload = this.find(input);
    const wanted = input.MultipartUpload?.Parts ?? [];
    const parts = wanted.map(({ PartNumber = 0, ETag = '' }) => {
      const part = upload.parts[PartNumber];
      if (part?.md5 === ETag.replaceAll('"', '')) return part;
      throw new AwsError('InvalidPart', `Part ${PartNumber} with ETag ${ETag} could not be found`, 400);
    });
    if (parts.length === 0) throw new AwsError('MalformedXML', 'You must specify at least one part', 400);
    if (wanted.some(({ PartNumber = 0 }, i) => i > 0 && PartNumber <= (wanted[i - 1]?.PartNumber ?? 0))) {
      throw new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order.', 400);
    }
    const body = Buffer.concat(
      await Promise.all(parts.map((part) => readFile(this.bodies.pathOf(part.file)))),
    );
    const digests = Buffer.concat(parts.map((part) => Buffer.from(part.md5, 'hex')));
    const etag = `"${createHash('md5').update(digests).digest('hex')}-${parts.length}"`;
    const conditions = { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch };
    await this.s3.put(Bucket, Key, body, { ...upload.options, ...conditions, etag });
    await this.discard(upload, UploadId);
    return { Bucket, Key, ETag: etag, Location: `/${Bucket}/${Key}` };
  }

  private async discard(upload: Upload, id: string): Promise<void> {
    await this.uploads.delete(id);
    await Promise.all(Object.values(upload.parts).map((part) => this.bodies.remove(part.file)));
  }

  private find(input: {
    Bucket: string | undefined;
    Key: string | undefined;
    UploadId: string | undefined;
  }): Upload {
    const upload = this.uploads.get(input.UploadId ?? '');
    if (upload && upload.bucket === input.Bucket && upload.key === input.Key) return upload;
    throw new AwsError(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      404,
    );
  }
}
