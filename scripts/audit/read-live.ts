import { setFlagsFromString } from 'node:v8';
import { S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { namesOf } from '../../lib/names.ts';
import type { AuditCopy, CheckOptions } from './verify.ts';
import { verifyLive, type Place } from './verify-live.ts';
import type { AuditOptions } from './options.ts';
import { readAnchorBucket, readBodies } from './read-buckets.ts';
import { atOneMoment, readAll } from './read-ledger.ts';

export interface LiveCopy {
  readonly copy: AuditCopy;
  readonly notes: readonly string[];
}

type Where = Omit<AuditOptions, 'command' | 'folder' | 'keptMonths'>;

/** @throws what could not be read, and what is wanted */
async function atPlace<T>(
  { record, anchors, ca, keys, prefix }: Where,
  env: Readonly<Record<string, string | undefined>>,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const url = env['LEDGER_URL'];
  const wanted = 'wanted LEDGER_URL, such as postgres://auditor:…@host:5432/commercial_ops';
  if (url === undefined || url === '') throw new Error(`the address of the ledger is missing; ${wanted}`);
  if (!URL.canParse(url)) throw new Error(`LEDGER_URL is no address of a ledger; ${wanted}`);
  const s3 = new S3Client({});
  try {
    const place = record !== undefined && anchors !== undefined ? '' : await placeOf(s3);
    const { stack } = namesOf(prefix);
    return await work({
      s3,
      log: anchors ?? `${stack}-anchors-${place}`,
      recordBucket: record ?? `${stack}-${place}`,
      ledger: (look) => atOneMoment(url, ca, look),
      kept: keys,
    });
  } finally {
    s3.destroy();
  }
}

const readAtOf = ({ asOf }: Where): Date => new Date(asOf ?? Date.now());

/** Checks the audit where it lies. */
export function checkLive(
  options: Where,
  env: Readonly<Record<string, string | undefined>>,
  limits: Pick<CheckOptions, 'keptSince' | 'lockedDays'>,
): ReturnType<typeof verifyLive> {
  // Nearly all that is read is thrown away at once: freed soon, it takes a third of the memory, and twice the CPU.
  setFlagsFromString('--optimize-for-size');
  return atPlace(options, env, (place) => verifyLive(place, { ...limits, readAt: readAtOf(options) }));
}

/** All of the audit from where it lies. */
export const readLive = (
  options: Where,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LiveCopy> =>
  atPlace(options, env, async ({ s3, log, recordBucket, ledger, kept }) => {
    const readAt = readAtOf(options).toISOString();
    // Anchors first: each anchored entry is in a ledger that is read afterwards.
    const anchored = await readAnchorBucket(s3, log, kept);
    const { rows, evidence, record } = await ledger(readAll);
    const bodies = await readBodies(s3, recordBucket, rows);
    const objects = { anchors: anchored.objects, bodies: bodies.objects };
    return {
      copy: { readAt, log, record, rows, evidence, ...objects },
      notes: [...anchored.notes, ...bodies.notes],
    };
  });

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
