import { createHash } from 'node:crypto';
import type { EvidenceBody, EvidenceRecord } from '../domain/run-record.ts';
import type { RunRequest } from '../domain/run-request.ts';
import { evidenceObject } from '../record/evidence.ts';
import type { ReadTools } from '../platform/clients.ts';
import { isNamed } from '../platform/error-cause.ts';

export interface LoadedEvidence {
  readonly records: readonly EvidenceRecord[];
  /** One sentence for each body that is not what was seen; its records are left out. */
  readonly changed: readonly string[];
}

export interface EvidenceStore {
  /** @returns where it is and its hash, as it was seen: what is recorded later is held against this */
  readonly keep: (set: string, evidence: readonly EvidenceRecord[]) => Promise<EvidenceBody>;
  readonly load: (sealed: readonly EvidenceBody[]) => Promise<LoadedEvidence>;
}

/**
 * Evidence bodies on their way into the ledger: one object a set. They are stored before anything is
 * decided, even while the ledger is unavailable. Nothing is overwritten: a repeated probe that gets
 * another answer has an object of its own.
 */
export function evidenceStore(
  tools: Pick<ReadTools, 's3'>,
  bucket: string,
  { run, mode }: Pick<RunRequest, 'run' | 'mode'>,
): EvidenceStore {
  return {
    async keep(set: string, evidence: readonly EvidenceRecord[]): Promise<EvidenceBody> {
      const s3 = await tools.s3();
      const Body = JSON.stringify(evidence);
      const hash = sha256(Body);
      const put = async (key: string): Promise<boolean> => {
        try {
          const once = { ContentType: 'application/json', IfNoneMatch: '*' };
          await s3.putObject({ Bucket: bucket, Key: key, Body, ...once });
          return true;
        } catch (error) {
          if (!isNamed(error, 'PreconditionFailed')) throw error;
          const there = await s3.getObject({ Bucket: bucket, Key: key });
          return sha256(await bytesOf(there)) === hash;
        }
      };
      const key = evidenceObject(run, set, mode);
      if (await put(key)) return { key, sha256: hash };
      const other = evidenceObject(run, `${set}.${hash.slice(0, 16)}`, mode);
      if (await put(other)) return { key: other, sha256: hash };
      throw new Error(
        `${other} of ${bucket} holds other bytes; wanted none, or SHA-256 ${hash}: ` +
          'find who wrote it (CloudTrail, if it keeps data events)',
      );
    },

    async load(sealed: readonly EvidenceBody[]): Promise<LoadedEvidence> {
      const s3 = await tools.s3();
      const loaded = await Promise.all(
        sealed.map(async ({ key, sha256: expected }) => {
          const bytes = await s3
            .getObject({ Bucket: bucket, Key: key })
            .then(bytesOf)
            .catch((error: unknown) => {
              if (isNamed(error, 'NoSuchKey')) return undefined;
              throw error;
            });
          const found = bytes && sha256(bytes);
          if (bytes && found === expected)
            return { records: JSON.parse(Buffer.from(bytes).toString()) as EvidenceRecord[], changed: [] };
          return { records: [], changed: [changedSince(key, expected, found)] };
        }),
      );
      return {
        records: loaded.flatMap(({ records }) => records),
        changed: loaded.flatMap(({ changed }) => changed),
      };
    },
  };
}

const changedSince = (key: string, expected: string, found: string | undefined): string =>
  `the evidence ${key} ${found === undefined ? 'was deleted' : 'was replaced'} after it was seen ` +
  `(SHA-256 ${expected.slice(0, 12)}… then, ${found === undefined ? 'nothing' : `${found.slice(0, 12)}…`} now): ` +
  'compare its versions in the record bucket';

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

const bytesOf = async ({
  Body,
}: {
  Body?: { transformToByteArray: () => Promise<Uint8Array> } | undefined;
}): Promise<Uint8Array> => (await Body?.transformToByteArray()) ?? new Uint8Array();
