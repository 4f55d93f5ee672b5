import type { S3Client } from '@aws-sdk/client-s3';

/** The object's text; undefined when there is none. */
export async function readObject(s3: S3Client, bucket: string, key: string): Promise<string | undefined> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString('utf8')) ?? '';
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/**
 * Puts what is not there yet, and never over anything.
 * @returns whether the object now is what was to be put, by this call or an earlier one
 */
export async function putOnce(
  s3: S3Client,
  { bucket, key, text, type }: { bucket: string; key: string; text: string; type: string },
): Promise<boolean> {
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  try {
    await s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: type, IfNoneMatch: '*' }),
    );
    return true;
  } catch (error) {
    // 412: it is there; 409: somebody is putting it at this moment.
    if (!['PreconditionFailed', 'ConditionalRequestConflict'].includes((error as Error).name)) throw error;
    return (await readObject(s3, bucket, key)) === text;
  }
}
