import { isNamed } from '../../platform/error-cause.ts';
import type { S3 } from '@aws-sdk/client-s3';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import { DAY_MS, HOUR_MS } from '../../domain/milliseconds.ts';
import { anchorText, DAILY, dailyKey, headKey, sha256, type DailyAnchor, type Head } from './anchor-form.ts';
import { OLDEST_ANCHOR_HOURS } from './retention.ts';

/** The ledger to read from, and the bucket under Object Lock to write to. */
export interface AnchorDependencies {
  readonly s3: S3;
  readonly bucket: string;
  readonly pool: Ledger;
}

const HEAD = `select chain, seq, hash from responder.audit where chain = $1 order by seq desc limit 1`;
const ALL_HEADS = `
select distinct on (chain) chain, seq, hash from responder.audit order by chain, seq desc`;

/**
 * Puts a chain's head where nobody can change it; repeated, it does nothing.
 * @returns the anchor's key; none while the chain is empty
 */
export async function anchorHead(
  { s3, bucket, pool }: AnchorDependencies,
  chain: string,
): Promise<string | undefined> {
  const { rows } = await pool.query<Head>(HEAD, [chain]);
  const [head] = rows;
  if (!head) return undefined;
  const key = headKey(head);
  await putOnce(s3, bucket, key, anchorText(head));
  return key;
}

/**
 * Puts the heads of all chains into the day's object, which names the previous one and its hash. If
 * the day has its anchor, this costs one read.
 * @returns its key when this call has written it
 * @throws when the day's anchor was written on another day, so that today has none of its own
 */
export async function anchorAll(world: AnchorDependencies, now: Date): Promise<string | undefined> {
  const { s3, bucket, pool } = world;
  const day = now.toISOString().slice(0, 10);
  const key = dailyKey(day);
  // This key alone is asked for: an object behind it in the list is not today's anchor.
  const [found] = await listed(s3, bucket, key);
  if (found) {
    requireToday(found, day);
    return undefined;
  }
  const previous = (await listed(s3, bucket, DAILY)).findLast((one) => one.key < key)?.key;
  const { rows: heads } = await pool.query<Head>(ALL_HEADS);
  const anchor: DailyAnchor = {
    day,
    heads,
    previous:
      previous === undefined ? null : { key: previous, sha256: sha256(await read(s3, bucket, previous)) },
  };
  return (await putOnce(s3, bucket, key, anchorText(anchor))) ? key : undefined;
}

/** @returns false when it exists */
async function putOnce(s3: S3, bucket: string, key: string, body: string): Promise<boolean> {
  try {
    await s3.putObject({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: 'application/json',
      // The bucket's own retention locks it.
      IfNoneMatch: '*',
    });
    return true;
  } catch (error) {
    if (isNamed(error, 'PreconditionFailed')) return false;
    throw error;
  }
}

/** So the newest anchor that counts is never older than `OLDEST_ANCHOR_HOURS`: the sweep's own alarm says so. */
function requireToday({ key, modified }: Listed, day: string): void {
  const after = modified.getTime() - Date.parse(day);
  const slack = (OLDEST_ANCHOR_HOURS - 24) * HOUR_MS;
  if (after >= -slack && after <= DAY_MS + slack) return;
  throw new Error(
    `the anchor ${key} was written at ${modified.toISOString()}; wanted one that was written on ${day}. ` +
      'What is in the audit since then is protected by no anchor of today: ' +
      'find who wrote it (CloudTrail, if it keeps data events), and run `npm run audit -- verify`',
  );
}

interface Listed {
  readonly key: string;
  readonly modified: Date;
}

/** In order; some 750 daily anchors in 24 months. */
async function listed(s3: S3, bucket: string, prefix: string): Promise<Listed[]> {
  const found: Listed[] = [];
  for await (const page of s3.paginateListObjectsV2({ Bucket: bucket, Prefix: prefix }))
    for (const { Key: key, LastModified: modified } of page.Contents ?? [])
      if (key !== undefined && modified !== undefined) found.push({ key, modified });
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function read(s3: S3, bucket: string, key: string): Promise<Uint8Array> {
  const { Body } = await s3.getObject({ Bucket: bucket, Key: key });
  if (!Body) throw new Error(`S3 gave no body for ${key} of ${bucket}`);
  return Body.transformToByteArray();
}
