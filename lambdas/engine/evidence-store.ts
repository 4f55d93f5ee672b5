import type { EvidenceRecord } from '../record/model.ts';
import type { ReadTools } from './tools.ts';

export interface EvidenceStore {
  readonly keep: (phase: string, evidence: readonly EvidenceRecord[]) => Promise<void>;
  readonly load: (phases: readonly string[]) => Promise<EvidenceRecord[]>;
}

/**
 * Evidence bodies on their way into the ledger: one object a phase. They are there before anything is decided,
 * also when the ledger is not, and a repeated look replaces its own.
 */
export function evidenceStore(tools: ReadTools, bucket: string, run: string): EvidenceStore {
  const prefix = `evidence/${run}/`;
  return {
    async keep(phase: string, evidence: readonly EvidenceRecord[]): Promise<void> {
      const { PutObjectCommand } = await import('@aws-sdk/client-s3');
      const s3 = await tools.s3();
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: `${prefix}${phase}.json`,
          Body: JSON.stringify(evidence),
          ContentType: 'application/json',
        }),
      );
    },

    async load(phases: readonly string[]): Promise<EvidenceRecord[]> {
      const { GetObjectCommand } = await import('@aws-sdk/client-s3');
      const s3 = await tools.s3();
      const bodies = await Promise.all(
        phases.map(async (phase) => {
          const { Body } = await s3.send(
            new GetObjectCommand({ Bucket: bucket, Key: `${prefix}${phase}.json` }),
          );
          return JSON.parse((await Body?.transformToString()) ?? '[]') as EvidenceRecord[];
        }),
      );
      return bodies.flat();
    },
  };
}
