import { isNamed } from '../../platform/error-cause.ts';
import type { S3 } from '@aws-sdk/client-s3';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import { anchorText, DAILY, dailyKey, headKey, sha256, type DailyAnchor, type Head } from './anchor-form.ts';

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
 */
export async function anchorAll(world: AnchorDependencies, now: Date): Promise<string | undefined> {
  const { s3, bucket, pool } = world;
  const day = now.toISOString().slice(0, 10);
  const key = dailyKey(day);
  if ((await dailyKeys(s3, bucket, `${DAILY}${day}`)).length > 0) return undefined;
  const previous = (await dailyKeys(s3, bucket)).at(-1);
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

/** In order; some 750 in 24 months. @param after only later ones */
async function dailyKeys(s3: S3, bucket: string, after?: string): Promise<string[]> {
  const keys: string[] = [];
  const wanted = { Bucket: bucket, Prefix: DAILY, StartAfter: after };
  for await (const page of s3.paginateListObjectsV2(wanted))
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
  return keys.sort();
}

async function read(s3: S3, bucket: string, key: string): Promise<Uint8Array> {
  const { Body } = await s3.getObject({ Bucket: bucket, Key: key });
  if (!Body) throw new Error(`S3 gave no body for ${key} of ${bucket}`);
  return Body.transformToByteArray();
}
