import { arn } from '../kernel/places.ts';
import type { S3Headers } from './s3-object.ts';

export const CONTENT_HEADERS = [
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
] as const;
export const CHECKSUMS = [
  'ContentMD5',
  'ChecksumAlgorithm',
  'ChecksumCRC32',
  'ChecksumSHA1',
  'ChecksumSHA256',
] as const;

interface InBucket {
  readonly Bucket: string | undefined;
}

export const bucketArn = ({ Bucket = '' }: InBucket): string => arn('s3', Bucket);
export const objectArn = ({
  Bucket = '',
  Key = '',
}: InBucket & { readonly Key: string | undefined }): string => arn('s3', `${Bucket}/${Key}`);

export function headersOf(input: { [name in keyof S3Headers]?: string | undefined }): S3Headers {
  return Object.fromEntries(
    CONTENT_HEADERS.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])),
  );
}
