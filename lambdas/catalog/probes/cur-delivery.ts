import { createHash } from 'node:crypto';
import type { S3 } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { moment } from '../../domain/words.ts';
import { arnOf } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { assembledAt } from './assembled-at.ts';
import {
  currentManifest,
  foldersOf,
  isManifest,
  placesOf,
  readManifest,
  reportRoot,
  statusOf,
  Writing,
  writingOf,
  type Listed,
  type Status,
} from './cur-layout.ts';
import { askedOnce, defineProbe, type ProbeContext } from './definition.ts';
import { evidenceOf, type Evidence } from '../../domain/evidence.ts';

export const Delivery = z.object({
  prefix: z.string(),
  /** Data files that the manifest names; without one, all that lie there. */
  objects: z.int(),
  bytes: z.int(),
  newest: z.iso.datetime().nullable(),
  /** When AWS finished it: its manifest comes last. Earlier, where the manifest names an earlier assembly: it was put back. */
  writtenAt: z.iso.datetime().nullable(),
  /** Without AWS's manifest a complete delivery cannot be told from half of one. */
  manifest: z.boolean(),
  /** What is wrong with a manifest that is there and names no files; null when it is read, or is not there. */
  unreadable: z.string().nullable(),
  /** Files of the manifest that are not in the bucket: how many, and the first 20. */
  missingCount: z.int(),
  missing: z.array(z.string()),
  /** AWS is writing it at this moment, or has stopped half-way. */
  writing: Writing.nullable(),
  /** AWS's own name of it, of the manifest: its assembly or execution. */
  id: z.string().nullable(),
  /** SHA-256 of the manifest. The ingestion writes it, or the name above, into `source_digest`. */
  digest: z.string().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

export type DeliveryState = 'delivered' | 'incomplete' | 'not-delivered' | 'being-written';

export function stateOf(delivery: Delivery): DeliveryState {
  const { objects, bytes, manifest, unreadable, missingCount, writing } = delivery;
  if (unreadable !== null) return 'not-delivered';
  if (writing && !writing.stuck) return 'being-written';
  if (objects === 0 || bytes === 0) return manifest && missingCount > 0 ? 'incomplete' : 'not-delivered';
  return manifest && missingCount === 0 && !writing ? 'delivered' : 'incomplete';
}

/** Whether a copy whose lines say `digest` was loaded from it. */
export const isFrom = (digest: string | null, delivery: Pick<Delivery, 'digest' | 'id'>): boolean =>
  digest !== null && (digest === delivery.digest || digest === delivery.id);

/** A checkpoint can't hold thousands. */
const MISSING_NAMED = 20;

export const curDelivery = defineProbe<{ period: string }, Delivery>({
  name: 'cur-delivery',
  question: 'Has AWS delivered the report of the period, completely?',
  queries: ['aws s3 ls s3://cur-bucket/cur-prefix/2025-09/'],
  permissions: (settings) => {
    const { bucket } = settings.estate.cur;
    const root = reportRoot(settings.estate.cur);
    return [
      { actions: ['s3:ListBucket'], resources: [arnOf(settings, 's3', bucket)] },
      { actions: ['s3:GetObject'], resources: [arnOf(settings, 's3', `${bucket}/${root}*`)] },
    ];
  },
  value: Delivery,
  run: async (context) => {
    const { value, evidence } = await findDelivery(context);
    return { value, evidence };
  },
  describe: (delivery) => {
    const { objects, bytes, newest, manifest, unreadable, missingCount, writing } = delivery;
    if (objects === 0) return 'no file';
    return (
      `${objects} files, ${(bytes / 1e6).toFixed(2)} MB, newest ${newest ?? 'unknown'}, ` +
      (!manifest
        ? (unreadable ?? 'no manifest')
        : missingCount > 0
          ? `${missingCount} missing`
          : 'complete by its manifest') +
      (writing ? `, ${tellWriting(writing)}` : '')
    );
  },
});

/** For people. */
export const tellWriting = ({ since, stuck }: Writing): string =>
  stuck
    ? `AWS began to write it again ${moment(since)} and has not finished`
    : `AWS has been writing it since ${moment(since)}`;

type Context = Pick<ProbeContext<{ period: string }>, 'target' | 'now' | 'settings' | 'tools' | 'once'>;

interface Found {
  readonly value: Delivery;
  readonly evidence: readonly Evidence[];
  readonly named: readonly string[];
}

/** The delivery of a period, and the keys that its manifest names. */
export const findDelivery = (context: Context, listed?: Listing): Promise<Found> =>
  (context.once ?? askedOnce())(`delivery of ${context.target.period}`, () => lookFor(context, listed));

/** The same of each of these periods, the earliest first, listed at once where they lie side by side. */
export async function findDeliveries(
  context: Omit<Context, 'target'>,
  periods: readonly string[],
): Promise<Found[]> {
  const { cur } = context.settings.estate;
  const [first = '', ...more] = periods.map((period) => placesOf(cur, period).folder);
  const last = more.at(-1);
  const listed = new Listing(await context.tools.s3(), cur.bucket);
  const together = last !== undefined && cur.layout === 'by-month';
  if (together) await listed.between(reportRoot(cur), first, last);
  return Promise.all(
    periods.map((period) => findDelivery({ ...context, target: { period } }, together ? listed : undefined)),
  );
}

async function lookFor({ target, now, settings, tools }: Context, listed?: Listing): Promise<Found> {
  const s3 = await tools.s3();
  const { cur } = settings.estate;
  const places = placesOf(cur, target.period);
  const bucket = listed ?? new Listing(s3, cur.bucket);
  const objects = await bucket.under(places.manifests);
  const newestManifest = currentManifest(objects.filter(({ key }) => isManifest(key)));
  const found = newestManifest && (await read(s3, settings, newestManifest, target.period));
  const manifest = found && 'files' in found ? found : undefined;
  const named = manifest?.files ?? [];
  // Of an earlier version that lies beside it nothing counts.
  const wanted = new Set(named);
  const files = (await bucket.under(manifest ? foldersOf(named) : places.data)).filter(({ key }) =>
    manifest ? wanted.has(key) : !NO_DATA.test(key),
  );
  const there = new Set(files.map(({ key }) => key));
  const missing = named.filter((key) => !there.has(key));
  const status = await statusIn(s3, settings, await bucket.under(places.status));
  const value: Delivery = {
    prefix: `s3://${cur.bucket}/${places.folder}`,
    objects: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    newest:
      files
        .map(({ modified }) => modified)
        .sort()
        .at(-1) ?? null,
    writtenAt:
      [newestManifest?.modified, manifest?.assembled].filter((at) => at !== undefined).sort()[0] ?? null,
    manifest: manifest !== undefined,
    unreadable: found && 'unreadable' in found ? found.unreadable : null,
    missingCount: missing.length,
    missing: missing.slice(0, MISSING_NAMED),
    writing: writingOf({ manifest: newestManifest, files, status: status?.said ?? null }, now),
    id: manifest?.id ?? null,
    digest: manifest?.digest ?? null,
  };
  const reads = [found, status].flatMap((one) => (one ? [one.evidence] : []));
  return { value, evidence: [...bucket.evidence, ...reads], named };
}

/** What lies beside the data: folders' own objects, manifests, and AWS's help for Athena. */
const NO_DATA = /(\/|\.json|\.sql|\.yml)$/;

/** What lies in a bucket; nothing is listed twice. */
class Listing {
  readonly evidence: Evidence[] = [];
  private readonly s3: S3;
  private readonly bucket: string;
  private readonly listed = new Map<string, readonly Listed[]>();

  constructor(s3: S3, bucket: string) {
    this.s3 = s3;
    this.bucket = bucket;
  }

  async under(prefixes: readonly string[]): Promise<Listed[]> {
    const found = new Map<string, Listed>();
    for (const prefix of prefixes) {
      const done = [...this.listed.keys()].find((one) => prefix.startsWith(one));
      const objects = this.listed.get(done ?? '') ?? (await this.list(prefix));
      for (const one of objects) if (one.key.startsWith(prefix)) found.set(one.key, one);
    }
    return [...found.values()];
  }

  /** Of what `root` begins, all folders from `first` to `last`, by name. */
  async between(root: string, first: string, last: string): Promise<void> {
    await this.list(root, { from: first, to: `${last}\uffff` });
  }

  private async list(prefix: string, { from, to }: { from?: string; to?: string } = {}): Promise<Listed[]> {
    const objects: Listed[] = [];
    const parameters = {
      Bucket: this.bucket,
      Prefix: prefix,
      ...(from !== undefined && { StartAfter: from }),
    };
    for await (const { Contents = [] } of this.s3.paginateListObjectsV2(parameters)) {
      const page = Contents.filter(({ Key = '' }) => to === undefined || Key < to);
      for (const { Key, Size = 0, LastModified, ETag = '' } of page) {
        // Some tools leave an empty object with a folder's name.
        if (Key && Key !== prefix)
          objects.push({ key: Key, size: Size, modified: LastModified?.toISOString() ?? '', etag: ETag });
      }
      if (page.length < Contents.length) break;
    }
    this.listed.set(prefix, objects);
    this.evidence.push(evidenceOf('s3:ListObjectsV2', parameters, objects));
    return objects;
  }
}

const MANIFESTS_KEPT = 24;
/** What this process has read of manifests: under the same ETag it is not read again. */
const kept = new Map<string, Awaited<ReturnType<typeof readAnew>>>();

async function read(s3: S3, settings: Settings, { key, etag }: Listed, period: string) {
  const name = JSON.stringify([settings.estate.cur, key, period, etag]);
  const found = kept.get(name) ?? (await readAnew(s3, settings, key, period));
  // One that was replaced since it was listed has another name.
  if (etag !== '' && found.etag === etag) kept.set(name, found);
  const [oldest] = kept.keys();
  if (kept.size > MANIFESTS_KEPT && oldest !== undefined) kept.delete(oldest);
  return found.said;
}

async function readAnew(s3: S3, { estate: { cur } }: Settings, key: string, period: string) {
  const { Body, ETag: etag } = await s3.getObject({ Bucket: cur.bucket, Key: key });
  const text = (await Body?.transformToString()) ?? '';
  const digest = createHash('sha256').update(text).digest('hex');
  const manifest = readManifest(text, cur, period);
  const assembled =
    'files' in manifest ? assembledAt([manifest.id ?? undefined, manifest.files[0]]) : undefined;
  const rows = [{ etag, digest, assembled, ...manifest }];
  const evidence = evidenceOf('s3:GetObject', { Bucket: cur.bucket, Key: key }, rows);
  const said =
    'unreadable' in manifest
      ? { unreadable: `its manifest s3://${cur.bucket}/${key} ${manifest.unreadable}`, evidence }
      : { ...manifest, assembled, digest, evidence };
  return { etag, said };
}

/** Of a report with the integration of Athena. */
async function statusIn(
  s3: S3,
  { estate: { cur } }: Settings,
  objects: readonly Listed[],
): Promise<{ said: Status | null; evidence: Evidence } | undefined> {
  const object = objects.filter(({ key }) => !key.endsWith('/')).at(-1);
  if (!object) return undefined;
  const { Body } = await s3.getObject({ Bucket: cur.bucket, Key: object.key });
  const said = statusOf((await Body?.transformToByteArray()) ?? new Uint8Array(), object.modified);
  return { said, evidence: evidenceOf('s3:GetObject', { Bucket: cur.bucket, Key: object.key }, [said]) };
}
