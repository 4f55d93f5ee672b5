import { isNamed } from '../../platform/error-cause.ts';
import type { S3 } from '@aws-sdk/client-s3';

/** Undefined when there is none. */
export async function readObject(s3: S3, bucket: string, key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.getObject({ Bucket: bucket, Key: key });
    return (await Body?.transformToString('utf8')) ?? '';
  } catch (error) {
    if (isNamed(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

/**
 * Puts what is not there yet, and never overwrites.
 * @returns whether the object is now what was to be put, by this call or an earlier one
 */
export async function putOnce(
  s3: S3,
  { bucket, key, text, type }: { bucket: string; key: string; text: string; type: string },
): Promise<boolean> {
  try {
    await s3.putObject({ Bucket: bucket, Key: key, Body: text, ContentType: type, IfNoneMatch: '*' });
    return true;
  } catch (error) {
    // 412: it exists; 409: somebody is writing it now.
    if (!['PreconditionFailed', 'ConditionalRequestConflict'].includes((error as Error).name)) throw error;
    return (await readObject(s3, bucket, key)) === text;
  }
}
