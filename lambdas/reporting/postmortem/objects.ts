import { isNamed } from '../../platform/error-cause.ts';
import type { S3 } from '@aws-sdk/client-s3';

/** The object's text; undefined when there is none. */
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
 * Puts what is not there yet, and never over anything.
 * @returns whether the object now is what was to be put, by this call or an earlier one
 */
export async function putOnce(
  s3: S3,
  { bucket, key, text, type }: { bucket: string; key: string; text: string; type: string },
): Promise<boolean> {
  try {
    await s3.putObject({ Bucket: bucket, Key: key, Body: text, ContentType: type, IfNoneMatch: '*' });
    return true;
  } catch (error) {
    // 412: it is there; 409: somebody is putting it at this moment.
    if (!['PreconditionFailed', 'ConditionalRequestConflict'].includes((error as Error).name)) throw error;
    return (await readObject(s3, bucket, key)) === text;
  }
}
