import { createHash } from 'node:crypto';
import type { EvidenceBody, EvidenceRecord } from '../domain/run-record.ts';
import { evidenceObject } from '../record/evidence.ts';
import type { ReadTools } from '../platform/clients.ts';

export interface LoadedEvidence {
  readonly records: readonly EvidenceRecord[];
  readonly bodies: readonly EvidenceBody[];
}

export interface EvidenceStore {
  readonly keep: (set: string, evidence: readonly EvidenceRecord[]) => Promise<void>;
  readonly load: (sets: readonly string[]) => Promise<LoadedEvidence>;
}

/**
 * Evidence bodies on their way into the ledger: one object a set. They are stored before anything is
 * decided, even while the ledger is unavailable; a repeated probe replaces its own.
 */
export function evidenceStore(tools: Pick<ReadTools, 's3'>, bucket: string, run: string): EvidenceStore {
  return {
    async keep(set: string, evidence: readonly EvidenceRecord[]): Promise<void> {
      const s3 = await tools.s3();
      await s3.putObject({
        Bucket: bucket,
        Key: evidenceObject(run, set),
        Body: JSON.stringify(evidence),
        ContentType: 'application/json',
      });
    },

    async load(sets: readonly string[]): Promise<LoadedEvidence> {
      const s3 = await tools.s3();
      const loaded = await Promise.all(
        sets.map(async (set) => {
          const key = evidenceObject(run, set);
          const { Body } = await s3.getObject({ Bucket: bucket, Key: key });
          const bytes = Buffer.from((await Body?.transformToByteArray()) ?? '[]');
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          return { body: { key, sha256 }, records: JSON.parse(bytes.toString()) as EvidenceRecord[] };
        }),
      );
      return { records: loaded.flatMap(({ records }) => records), bodies: loaded.map(({ body }) => body) };
    },
  };
}
