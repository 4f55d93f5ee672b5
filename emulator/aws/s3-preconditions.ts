import { AwsError } from '../kernel/service.ts';
import type { PutOptions, S3Object } from './s3-object.ts';

/** @param before the object that is there @throws AwsError PreconditionFailed, NoSuchKey */
export function requirePreconditions(
  before: S3Object | undefined,
  { ifMatch, ifNoneMatch }: Pick<PutOptions, 'ifMatch' | 'ifNoneMatch'>,
): void {
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new AwsError('NotImplemented', `PutObject takes If-None-Match: * only; got ${ifNoneMatch}`, 501);
  }
  if (ifMatch !== undefined && !before)
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
  if (
    (ifNoneMatch === '*' && before) ||
    (ifMatch !== undefined && unquoted(ifMatch) !== unquoted(before?.etag ?? ''))
  ) {
    throw new AwsError(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      412,
    );
  }
}

const unquoted = (etag: string): string => etag.replaceAll('"', '');
