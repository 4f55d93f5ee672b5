import type {
  HeadBucketCommandInput,
  ListObjectsV2CommandInput,
  ListObjectVersionsCommandInput,
} from '@aws-sdk/client-s3';
import { ACCOUNT, REGION } from '../kernel/places.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { bucketArn } from './s3-requests.ts';
import type { S3Version } from './s3-versions.ts';
import type { S3 } from './s3.ts';

/** The most objects on a page. */
const PAGE = 1_000;

export function s3BucketOperations(s3: S3): Record<string, Operation> {
  return {
    HeadBucket: operation<HeadBucketCommandInput, unknown>({
      action: 's3:ListBucket',
      resource: bucketArn,
      handle: ({ Bucket = '' }) => {
        // No body, and so no code: clients see the status alone.
        if (!s3.allBuckets().some(({ name }) => name === Bucket)) throw new AwsError('NotFound', '', 404);
        return { BucketRegion: REGION };
      },
    }),
    ListObjectVersions: operation<ListObjectVersionsCommandInput, unknown>({
      action: 's3:ListBucketVersions',
      resource: bucketArn,
      conditions: ({ Prefix }) => ({ 's3:prefix': Prefix ?? '' }),
      handle: (input) => listedVersions(s3, input),
    }),
    ListObjectsV2: operation<ListObjectsV2CommandInput, unknown>({
      action: 's3:ListBucket',
      resource: bucketArn,
      conditions: ({ Prefix }) => ({ 's3:prefix': Prefix ?? '' }),
      handle: (input) => listed(s3, input),
    }),
  };
}

function listedVersions(s3: S3, input: ListObjectVersionsCommandInput): unknown {
  refuseOptions('ListObjectVersions', input, [
    'Bucket',
    'Prefix',
    'MaxKeys',
    'KeyMarker',
    'VersionIdMarker',
    'EncodingType',
  ]);
  const { Bucket = '', Prefix = '', MaxKeys = PAGE, KeyMarker, VersionIdMarker, EncodingType } = input;
  const encoded = encoderOf(EncodingType);
  const all = s3.listVersions(Bucket, Prefix);
  const begin = all.findIndex(({ key, versionId }) => key === KeyMarker && versionId === VersionIdMarker) + 1;
  const maxKeys = Math.min(MaxKeys, PAGE);
  const page = all.slice(begin, begin + maxKeys);
  const last = begin + maxKeys < all.length ? page.at(-1) : undefined;
  const described = (version: S3Version): Record<string, unknown> => ({
    Key: encoded(version.key),
    VersionId: version.versionId,
    IsLatest: all.find(({ key }) => key === version.key) === version,
    LastModified: new Date(version.modified),
  });
  return {
    Name: Bucket,
    Prefix: encoded(Prefix),
    EncodingType,
    MaxKeys: maxKeys,
    KeyMarker,
    VersionIdMarker,
    IsTruncated: last !== undefined,
    ...(last && { NextKeyMarker: encoded(last.key), NextVersionIdMarker: last.versionId }),
    Versions: page.flatMap((version) =>
      version.object
        ? [
            {
              ...described(version),
              ETag: version.object.etag,
              Size: version.object.size,
              StorageClass: 'STANDARD',
            },
          ]
        : [],
    ),
    DeleteMarkers: page.filter(({ object }) => !object).map(described),
  };
}

const encoderOf =
  (encoding: string | undefined) =>
  (text: string): string =>
    encoding === 'url' ? encodeURIComponent(text).replaceAll('%2F', '/') : text;

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
  const encoded = encoderOf(EncodingType);
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
