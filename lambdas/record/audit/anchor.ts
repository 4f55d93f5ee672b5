import type { ListObjectVersionsCommandOutput, S3 } from '@aws-sdk/client-s3';
import { DAY_MS, HOUR_MS } from '../../domain/milliseconds.ts';
import { isNamed } from '../../platform/error-cause.ts';
import { allRows, firstRow, type Ledger } from '../../platform/ledger/queryable.ts';
import { transaction } from '../../platform/ledger/transaction.ts';
import {
  DAILY,
  dailyKey,
  dailyText,
  exportText,
  headKey,
  headLine,
  headText,
  keyFor,
  keyText,
  MerkleTree,
  publicKeyKey,
  rootOfChain,
  sha256,
  throughOf,
  type AllHeads,
  type Head,
} from './anchor-form.ts';
import { OLDEST_ANCHOR_HOURS } from './retention.ts';
import { openNote, type NoteSigner } from './signed-note.ts';

/** The ledger to read from, the bucket under Object Lock to write to, and the key that makes an anchor one. */
export interface AnchorDependencies {
  readonly s3: S3;
  readonly bucket: string;
  readonly pool: Ledger;
  readonly signer: NoteSigner;
}

const HASHES = `select seq, hash from responder.audit where chain = $1 order by seq`;
const THROUGH = `select pg_snapshot_xmin(pg_current_snapshot())::text as through`;
/** At a time. */
const MOST_HEADS = 10_000;
const HEADS_AFTER = `
select chain, seq, hash, written >= $2::xid8 as changed from responder.audit_head
where chain > $1 order by chain limit ${MOST_HEADS}`;
const CHANGED = `select distinct chain from responder.audit where at = $1`;

/**
 * Puts a chain's head where nobody can change it; repeated, it does nothing.
 * @returns the anchor's key; none while the chain is empty
 */
export async function anchorHead(world: AnchorDependencies, chain: string): Promise<string | undefined> {
  const rows = await allRows<Omit<Head, 'chain'>>(world.pool, HASHES, [chain]);
  const last = rows.at(-1);
  if (!last) return undefined;
  const head = { chain, ...last, root: rootOfChain(rows.map(({ hash }) => hash)) };
  const key = headKey(head);
  await putOnce(world, key, headText(world.signer.name, head));
  return key;
}

/** Puts the heads of the chains that have an entry of that moment: a command's. */
export async function anchorMoment(world: AnchorDependencies, at: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const { chain } of await allRows<{ chain: string }>(world.pool, CHANGED, [at])) {
    const key = await anchorHead(world, chain);
    if (key !== undefined) keys.push(key);
  }
  return keys;
}

/**
 * Puts the heads of the chains that have changed since the previous daily anchor into the day's object, which names that
 * one and its hash, and signs the root over the heads of all. If the day has its anchor, this costs two reads.
 * @returns its key when this call has written it
 * @throws when the day's anchor was written on another day, so that today has none of its own
 */
export async function anchorAll(world: AnchorDependencies, now: Date): Promise<string | undefined> {
  const day = now.toISOString().slice(0, 10);
  const key = dailyKey(day);
  // This key alone is asked for: an object behind it in the list is not today's anchor.
  const found = await ours(world, key);
  if (found) {
    requireToday(key, found.modified, day);
    return undefined;
  }
  await publishKeys(world);
  const previous = await newestBefore(world, key);
  const heads = await headsSince(world.pool, throughOf(previous?.text ?? ''));
  return (await putOnce(
    world,
    key,
    dailyText(world.signer.name, { day, ...heads, previous: previous ?? null }),
  ))
    ? key
    : undefined;
}

/**
 * A transaction that was at work is in the next anchor: it may have written before one that has ended.
 * @param since of the anchor before: what it holds need not be listed. A ledger that was restored from a dump counts
 *   its transactions from the start, and is listed whole.
 */
function headsSince(ledger: Ledger, since?: string): Promise<{ heads: readonly Head[]; all: AllHeads }> {
  return transaction(
    ledger,
    async (on) => {
      const through = (await firstRow<{ through: string }>(on, THROUGH, []))?.through ?? '';
      const from = since !== undefined && BigInt(since) <= BigInt(through) ? since : undefined;
      const heads: Head[] = [];
      const tree = new MerkleTree();
      let count = 0;
      for (let last: string | undefined = ''; last !== undefined;) {
        type Found = Head & { changed: boolean };
        const found: readonly Found[] = await allRows<Found>(on, HEADS_AFTER, [last, from ?? '0']);
        for (const { chain, seq, hash, changed } of found) {
          tree.add(headLine({ chain, seq, hash }));
          count++;
          if (changed) heads.push({ chain, seq, hash });
        }
        last = found.length === MOST_HEADS ? found.at(-1)?.chain : undefined;
      }
      return {
        heads,
        all: { count, root: tree.root(), through, lists: from === undefined ? 'all' : 'changed' },
      };
    },
    'snapshot',
  );
}

/** For people who verify. A key that replaces another is signed with that one, too. */
export async function publishKeys(world: AnchorDependencies): Promise<void> {
  const { name, keys } = world.signer;
  for (const key of keys) await putOnce(world, publicKeyKey(key), keyText(name, key));
}

/** What an exported folder's index came to, with the moment: the folder is known to be whole afterwards. */
export const signExport = (
  { signer }: Pick<AnchorDependencies, 'signer'>,
  index: { readonly files: number; readonly root: string },
  now: Date,
): string => signer.sign(exportText(signer.name, { ...index, at: now.toISOString() }));

/**
 * Unless ours is there already. Object Lock keeps what somebody else has put there, and ours becomes a
 * version over it: only what we have signed counts.
 * @returns whether this call has written it
 */
async function putOnce(world: AnchorDependencies, key: string, text: string): Promise<boolean> {
  const { s3, bucket, signer } = world;
  // The bucket's own retention locks it.
  const put = { Bucket: bucket, Key: key, Body: signer.sign(text), ContentType: 'text/plain; charset=utf-8' };
  try {
    await s3.putObject({ ...put, IfNoneMatch: '*' });
    return true;
  } catch (error) {
    if (!isNamed(error, 'PreconditionFailed')) throw error;
  }
  if (await ours(world, key)) return false;
  await s3.putObject(put);
  return true;
}

interface Found {
  readonly bytes: Uint8Array;
  readonly modified: Date;
}

/**
 * The oldest version of an object that we have signed, for that key: what somebody else puts before it or
 * over it, or a mark of deletion, does not count.
 */
async function ours(world: AnchorDependencies, key: string): Promise<Found | undefined> {
  const { name, keys } = world.signer;
  const versions = (await versionsOf(world, key)).filter((one) => one.key === key);
  for (const { versionId } of versions.reverse()) {
    const found = await read(world, key, versionId);
    if (keyFor(name, openNote(found.bytes, keys) ?? '') === key) return found;
  }
  return undefined;
}

/** The newest of each key first. */
async function versionsOf(
  { s3, bucket }: AnchorDependencies,
  prefix: string,
): Promise<{ key: string; versionId: string }[]> {
  const all: { key: string; versionId: string }[] = [];
  let from: Pick<ListObjectVersionsCommandOutput, 'NextKeyMarker' | 'NextVersionIdMarker'> = {};
  do {
    const page: ListObjectVersionsCommandOutput = await s3.listObjectVersions({
      Bucket: bucket,
      Prefix: prefix,
      KeyMarker: from.NextKeyMarker,
      VersionIdMarker: from.NextVersionIdMarker,
    });
    for (const { Key: key, VersionId: versionId } of page.Versions ?? [])
      if (key !== undefined && versionId !== undefined) all.push({ key, versionId });
    from = page;
  } while (from.NextKeyMarker !== undefined);
  return all;
}

/** So the newest anchor that counts is never older than `OLDEST_ANCHOR_HOURS`: the sweep's own alarm says so. */
function requireToday(key: string, modified: Date, day: string): void {
  const after = modified.getTime() - Date.parse(day);
  const slack = (OLDEST_ANCHOR_HOURS - 24) * HOUR_MS;
  if (after >= -slack && after <= DAY_MS + slack) return;
  throw new Error(
    `the anchor ${key} was written at ${modified.toISOString()}; wanted one that was written on ${day}. ` +
      'What is in the audit since then is protected by no anchor of today: ' +
      'find who wrote it (CloudTrail, if it keeps data events), and run `npm run audit -- verify`',
  );
}

/** Some 750 daily anchors in 24 months. */
async function newestBefore(
  world: AnchorDependencies,
  key: string,
): Promise<{ key: string; sha256: string; text: string } | undefined> {
  const keys = new Set((await versionsOf(world, DAILY)).map((one) => one.key));
  const before = [...keys].filter((one) => one < key).sort();
  for (const one of before.reverse()) {
    const found = await ours(world, one);
    if (found)
      return {
        key: one,
        sha256: sha256(found.bytes),
        text: openNote(found.bytes, world.signer.keys) ?? '',
      };
  }
  return undefined;
}

async function read({ s3, bucket }: AnchorDependencies, key: string, version: string): Promise<Found> {
  const { Body, LastModified } = await s3.getObject({ Bucket: bucket, Key: key, VersionId: version });
  if (!Body || !LastModified) throw new Error(`S3 gave no body for ${key} of ${bucket}`);
  return { bytes: await Body.transformToByteArray(), modified: LastModified };
}
