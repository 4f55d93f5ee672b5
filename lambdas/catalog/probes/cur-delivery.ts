import { createHash } from 'node:crypto';
import type { S3 } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { arnOf } from '../../platform/iam.ts';
import { assembledAt } from './assembled-at.ts';
import { defineProbe } from './definition.ts';
import { evidenceOf } from '../../domain/evidence.ts';

export const Delivery = z.object({
  prefix: z.string(),
  /** Data files, without the manifest. */
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
  /** SHA-256 of the manifest, which the ingestion writes into `source_digest`. */
  digest: z.string().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

/** A checkpoint can't hold thousands. */
const MISSING_NAMED = 20;

const Manifest = z.object({
  reportKeys: z.array(z.string()),
  assemblyId: z.string().optional().catch(undefined),
});

export const curDelivery = defineProbe<{ period: string }, Delivery>({
  name: 'cur-delivery',
  question: 'Has AWS delivered the report of the period, completely?',
  queries: ['aws s3 ls s3://cur-bucket/cur-prefix/2025-09/'],
  permissions: (settings) => {
    const { bucket, prefix } = settings.estate.cur;
    return [
      { actions: ['s3:ListBucket'], resources: [arnOf(settings, 's3', bucket)] },
      { actions: ['s3:GetObject'], resources: [arnOf(settings, 's3', `${bucket}/${prefix}/*`)] },
    ];
  },
  value: Delivery,
  async run({ target, settings, tools }) {
    const s3 = await tools.s3();
    const { bucket } = settings.estate.cur;
    const prefix = `${settings.estate.cur.prefix}/${target.period}/`;
    const { objects, evidence } = await list(s3, bucket, prefix);
    // AWS may deliver again beside an older manifest: the newest counts.
    const newestManifest = objects
      .filter(({ key }) => key.endsWith('-Manifest.json'))
      .sort((a, b) => (a.modified < b.modified ? -1 : 1))
      .at(-1);
    const found = newestManifest && (await readManifest(s3, bucket, newestManifest.key));
    const manifest = found?.reportKeys && found;
    const files = objects.filter(({ key }) => !key.endsWith('-Manifest.json'));
    const there = new Set(files.map(({ key }) => key));
    const missing = manifest?.reportKeys?.filter((key) => !there.has(key)) ?? [];
    const value: Delivery = {
      prefix: `s3://${bucket}/${prefix}`,
      objects: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      newest:
        files
          .map(({ modified }) => modified)
          .sort()
          .at(-1) ?? null,
      writtenAt:
        [newestManifest?.modified, found?.assembled].filter((at) => at !== undefined).sort()[0] ?? null,
      manifest: manifest !== undefined,
      unreadable: found?.unreadable ?? null,
      missingCount: missing.length,
      missing: missing.slice(0, MISSING_NAMED),
      digest: manifest?.digest ?? null,
    };
    return { value, evidence: found ? [evidence, found.evidence] : [evidence] };
  },
  describe: ({ objects, bytes, newest, manifest, unreadable, missingCount }) =>
    objects === 0
      ? 'no file'
      : `${objects} files, ${(bytes / 1e6).toFixed(2)} MB, newest ${newest ?? 'unknown'}, ` +
        (!manifest
          ? (unreadable ?? 'no manifest')
          : missingCount > 0
            ? `${missingCount} missing`
            : 'complete by its manifest'),
});

interface Listed {
  readonly key: string;
  readonly size: number;
  readonly modified: string;
}

async function list(s3: S3, bucket: string, prefix: string) {
  const objects: Listed[] = [];
  for await (const page of s3.paginateListObjectsV2({ Bucket: bucket, Prefix: prefix })) {
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      // Some tools leave an empty object with the folder's name.
      if (Key && Key !== prefix) {
        objects.push({ key: Key, size: Size ?? 0, modified: LastModified?.toISOString() ?? '' });
      }
    }
  }
  const parameters = { Bucket: bucket, Prefix: prefix };
  return { objects, evidence: evidenceOf('s3:ListObjectsV2', parameters, objects) };
}

async function readManifest(s3: S3, bucket: string, key: string) {
  const { Body } = await s3.getObject({ Bucket: bucket, Key: key });
  const text = (await Body?.transformToString()) ?? '';
  const { reportKeys, assemblyId, unreadable } = manifestOf(text, `s3://${bucket}/${key}`);
  const assembled = assembledAt([assemblyId, reportKeys?.[0]]);
  const digest = createHash('sha256').update(text).digest('hex');
  const parameters = { Bucket: bucket, Key: key };
  const evidence = evidenceOf('s3:GetObject', parameters, [{ digest, reportKeys, assembled, unreadable }]);
  return { reportKeys, assembled, unreadable, digest, evidence };
}

interface Read {
  readonly reportKeys?: readonly string[];
  readonly assemblyId?: string | undefined;
  readonly unreadable?: string;
}

function manifestOf(text: string, place: string): Read {
  if (text.trim() === '') return { unreadable: `its manifest ${place} is empty` };
  try {
    return Manifest.parse(JSON.parse(text));
  } catch {
    return { unreadable: `its manifest ${place} is no JSON with the list "reportKeys"` };
  }
}
