import type { ObjectLockMode } from '@aws-sdk/client-s3';
import { AwsError } from '../kernel/service.ts';
import type { PutOptions, S3Bucket } from './s3-object.ts';

const DAY_MS = 86_400_000;

/**
 * Until when the new version is retained: as its writer says, otherwise by the bucket's default.
 * @throws AwsError InvalidRequest for a bucket without Object Lock, InvalidArgument for a time that has passed
 */
export function retainUntil(
  { objectLock }: S3Bucket,
  { retainUntil: wanted }: PutOptions,
  now: Date,
): string | undefined {
  if (wanted === undefined) {
    if (objectLock?.days === undefined) return undefined;
    return new Date(now.getTime() + objectLock.days * DAY_MS).toISOString();
  }
  if (!objectLock) throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration', 400);
  if (wanted.getTime() <= now.getTime())
    throw new AwsError('InvalidArgument', 'The retain until date must be in the future!', 400);
  return wanted.toISOString();
}

/** The retention that a writer requests: both members or neither. */
export function retentionOf(input: {
  ObjectLockMode?: ObjectLockMode | undefined;
  ObjectLockRetainUntilDate?: Date | undefined;
}): Date | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = input;
  if ((mode === undefined) !== (until === undefined))
    throw new AwsError(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      400,
    );
  if (mode !== undefined && mode !== 'COMPLIANCE')
    throw new AwsError('NotImplemented', `only ObjectLockMode COMPLIANCE is emulated; got ${mode}`, 501);
  return until;
}
