import type { S3Client } from '@aws-sdk/client-s3';
import type { ClientBase } from 'pg';
import { anchorsIn, readBodies, readKeys } from './read-buckets.ts';
import { readSlices } from './read-slices.ts';
import { AuditCheck, type CheckOptions, type Verdict } from './verify.ts';

/** Where the audit lies. */
export interface Place {
  readonly s3: S3Client;
  readonly log: string;
  readonly recordBucket: string;
  /** Looks at the ledger as of one moment. */
  readonly ledger: <T>(look: (client: ClientBase) => Promise<T>) => Promise<T>;
  /** Of the anchors, as you have kept them. */
  readonly kept: readonly string[];
}

/** Checks the audit where it lies, a few chains at a time: what it needs in memory does not grow with the audit. */
export async function verifyLive(
  { s3, log, recordBucket, ledger, kept }: Place,
  options: Pick<CheckOptions, 'readAt' | 'keptSince' | 'lockedDays'>,
): Promise<{ verdict: Verdict; notes: readonly string[] }> {
  const notes: string[] = [];
  const keys = await readKeys(s3, log, kept);
  const check = new AuditCheck({ ...options, log, keys });
  try {
    // Anchors first: each anchored entry is in a ledger that is read afterwards.
    for await (const anchor of anchorsIn(s3, log, keys, notes)) check.anchor(anchor);
    await ledger(async (client) => {
      for await (const { chains, record, ends } of readSlices(client)) {
        const rows = chains.flatMap(([, own]) => own);
        const bodies = await readBodies(s3, recordBucket, rows);
        notes.push(...bodies.notes);
        for (const [chain, own] of chains) check.entries(chain, own);
        check.beside(rows, { bodies: bodies.objects, evidence: record.evidence, record });
        if (ends) check.endBeside();
      }
    });
    return { verdict: check.end(), notes };
  } finally {
    check.close();
  }
}
