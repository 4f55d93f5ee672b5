import type { ObjectLockMode } from '@aws-sdk/client-s3';
import { AwsError } from '../kernel/service.ts';
import type { LockMode, PutOptions, S3Bucket, S3Object } from './s3-object.ts';

const DAY_MS = 86_400_000;

/**
 * Until when and how the new version is retained: as its writer says, otherwise by the bucket's default.
 * @throws AwsError InvalidRequest for a bucket without Object Lock, InvalidArgument for a time that has passed
 */
export function retained(
  { objectLock }: S3Bucket,
  { retention }: PutOptions,
  now: Date,
): Pick<S3Object, 'retainUntil' | 'lockMode'> {
  if (!retention) {
    if (objectLock?.days === undefined) return {};
    const until = new Date(now.getTime() + objectLock.days * DAY_MS).toISOString();
    return { retainUntil: until, lockMode: objectLock.mode ?? 'COMPLIANCE' };
  }
  if (!objectLock) throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration', 400);
  if (retention.until.getTime() <= now.getTime())
    throw new AwsError('InvalidArgument', 'The retain until date must be in the future!', 400);
  return { retainUntil: retention.until.toISOString(), lockMode: retention.mode };
}

/** The retention that a writer requests: both members or neither. */
export function retentionOf(input: {
  ObjectLockMode?: ObjectLockMode | undefined;
  ObjectLockRetainUntilDate?: Date | undefined;
}): { mode: LockMode; until: Date } | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = input;
  if (mode === undefined && until === undefined) return undefined;
  if (mode === undefined || until === undefined)
    throw new AwsError(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      400,
    );
  return { mode, until };
}
