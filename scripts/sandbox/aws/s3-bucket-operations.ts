import type {
  CreateBucketCommandInput,
  GetBucketLocationCommandInput,
  HeadBucketCommandInput,
  ListBucketsCommandInput,
  ListObjectsV2CommandInput,
} from '@aws-sdk/client-s3';
import { ACCOUNT, REGION } from '../kernel/places.ts';
import { operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { bucketArn } from './s3-requests.ts';
import type { S3 } from './s3.ts';

/** The most that a page of a listing holds. */
const PAGE = 1_000;

export function s3BucketOperations(s3: S3): Record<string, Operation> {
  return {
    ListBuckets: operation<ListBucketsCommandInput, unknown>({
      action: 's3:ListAllMyBuckets',
      resource: () => '*',
      handle(input) {
        refuseOptions('ListBuckets', input, []);
        const Buckets = s3
          .allBuckets()
          .map(({ name, created }) => ({ Name: name, CreationDate: new Date(created) }));
        return { Buckets, Owner: { ID: ACCOUNT } };
      },
    }),
    CreateBucket: operation<CreateBucketCommandInput, unknown>({
      action: 's3:CreateBucket',
      resource: bucketArn,
      async handle(input) {
        refuseOptions('CreateBucket', input, ['Bucket']);
        await s3.createBucket(input.Bucket ?? '');
        return { Location: `/${input.Bucket}` };
      },
    }),
    HeadBucket: operation<HeadBucketCommandInput, unknown>({
      action: 's3:ListBucket',
      resource: bucketArn,
      handle(input) {
        refuseOptions('HeadBucket', input, ['Bucket']);
        s3.needBucket(input.Bucket ?? '');
        return { BucketRegion: REGION };
      },
    }),
    GetBucketLocation: operation<GetBucketLocationCommandInput, unknown>({
      action: 's3:GetBucketLocation',
      resource: bucketArn,
      handle(input) {
        refuseOptions('GetBucketLocation', input, ['Bucket']);
        s3.needBucket(input.Bucket ?? '');
        // Of the oldest Region the API says nothing.
        return {};
      },
    }),
    ListObjectsV2: operation<ListObjectsV2CommandInput, unknown>({
      action: 's3:ListBucket',
      resource: bucketArn,
      conditions: ({ Prefix }) => ({ 's3:prefix': Prefix ?? '' }),
      handle: (input) => listed(s3, input),
    }),
  };
}

function listed(s3: S3, input: ListObjectsV2CommandInput): unknown {
  refuseOptions('ListObjectsV2', input, [
    'Bucket',
    'Prefix',
    'Delimiter',
    'MaxKeys',
    'ContinuationToken',
    'StartAfter',
    'EncodingType',
    'FetchOwner',
  ]);
  const {
    Bucket = '',
    Prefix = '',
    Delimiter,
    MaxKeys = PAGE,
    ContinuationToken,
    StartAfter,
    EncodingType,
  } = input;
  const maxKeys = Math.min(MaxKeys, PAGE);
  const page = s3.page({
    bucket: Bucket,
    prefix: Prefix,
    delimiter: Delimiter,
    startAfter: StartAfter,
    continuationToken: ContinuationToken,
    maxKeys,
  });
  const encoded = (text: string): string =>
    EncodingType === 'url' ? encodeURIComponent(text).replaceAll('%2F', '/') : text;
  return {
    Name: Bucket,
    Prefix: encoded(Prefix),
    ...(Delimiter !== undefined && { Delimiter: encoded(Delimiter) }),
    ...(StartAfter !== undefined && { StartAfter: encoded(StartAfter) }),
    EncodingType,
    MaxKeys: maxKeys,
    KeyCount: page.objects.length + page.prefixes.length,
    IsTruncated: page.nextToken !== undefined,
    ContinuationToken,
    NextContinuationToken: page.nextToken,
    Contents: page.objects.map((object) => ({
      Key: encoded(object.key),
      Size: object.size,
      ETag: object.etag,
      LastModified: new Date(object.modified),
      StorageClass: 'STANDARD',
      ...(input.FetchOwner && { Owner: { ID: ACCOUNT } }),
    })),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encoded(prefix) })),
  };
}
