import { S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { namesOf } from '../../lib/names.ts';
import type { AuditCopy } from './verify.ts';
import type { AuditOptions } from './options.ts';
import { readAnchorBucket, readBodies } from './read-buckets.ts';
import { readLedger } from './read-ledger.ts';

export interface LiveCopy {
  readonly copy: AuditCopy;
  readonly notes: readonly string[];
}

/** The audit from where it lies. @throws what could not be read, and what is wanted */
export async function readLive(
  { record, anchors, asOf, keys, ca, prefix }: Omit<AuditOptions, 'command' | 'folder' | 'keptMonths'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LiveCopy> {
  const url = env['LEDGER_URL'];
  if (url === undefined || !URL.canParse(url))
    throw new Error(
      'the address of the ledger is missing; wanted LEDGER_URL, such as postgres://auditor:…@host:5432/commercial_ops ' +
        '(`npm start -- --keep` prints the sandbox’s)',
    );
  const s3 = new S3Client({});
  try {
    const place = record !== undefined && anchors !== undefined ? '' : await placeOf(s3);
    const readAt = new Date(asOf ?? Date.now()).toISOString();
    const { stack } = namesOf(prefix);
    const recordBucket = record ?? `${stack}-${place}`;
    // Anchors first: each anchored entry is in a ledger that is read afterwards.
    const log = anchors ?? `${stack}-anchors-${place}`;
    const anchored = await readAnchorBucket(s3, log, keys);
    const { rows, evidence, record: tables } = await readLedger(url, ca);
    const bodies = await readBodies(s3, recordBucket, rows);
    return {
      copy: {
        readAt,
        log,
        record: tables,
        rows,
        evidence,
        anchors: anchored.objects,
        bodies: bodies.objects,
      },
      notes: [...anchored.notes, ...bodies.notes],
    };
  } finally {
    s3.destroy();
  }
}

/** `<account>-<region>`, as the stack names its buckets. */
async function placeOf(s3: S3Client): Promise<string> {
  const sts = new STSClient({});
  try {
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    return `${Account ?? ''}-${await s3.config.region()}`;
  } finally {
    sts.destroy();
  }
}
