import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError } from '../kernel/service.ts';

/** The digests that a writer may send; base64. */
interface Promised {
  readonly ContentMD5?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
}

/** @throws AwsError BadDigest when the body is not the one that was sent */
export function verifyChecksums(body: Uint8Array, promised: Promised): void {
  const digest = (algorithm: string) => () => createHash(algorithm).update(body).digest('base64');
  const actual: Readonly<Record<keyof Promised, () => string>> = {
    ContentMD5: digest('md5'),
    ChecksumCRC32: () => crc32Of(body),
    ChecksumSHA1: digest('sha1'),
    ChecksumSHA256: digest('sha256'),
  };
  for (const name of Object.keys(actual) as (keyof Promised)[]) {
    const wanted = promised[name];
    if (wanted === undefined) continue;
    const got = actual[name]();
    if (got !== wanted)
      throw new AwsError(
        'BadDigest',
        `${name} of the body received is ${got}, the request says ${wanted}`,
        400,
      );
  }
}

/** Base64 of the four bytes, as S3 writes it. */
export const crc32Of = (body: Uint8Array): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
};
