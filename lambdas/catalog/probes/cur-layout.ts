import * as z from 'zod';
import { shiftPeriod } from '../../domain/billing-period.ts';
import type { Estate } from '../../platform/settings.ts';

type Cur = Pick<Estate['cur'], 'bucket' | 'prefix' | 'name' | 'layout'>;

export interface Listed {
  readonly key: string;
  readonly size: number;
  readonly modified: string;
  /** S3's name of the content. */
  readonly etag: string;
}

/** Where AWS puts a month's report, by the layout that the deployment names: what keys begin with. */
export interface Places {
  /** The month's folder as it is named to people. */
  readonly folder: string;
  /** Of the manifest. An export of FOCUS writes its partition in small letters. */
  readonly manifests: readonly string[];
  /** Of data files, as long as no manifest says it. */
  readonly data: readonly string[];
  /** Where AWS says for Athena whether it is refreshing the report. */
  readonly status: readonly string[];
}

export const isManifest = (key: string): boolean => key.endsWith('-Manifest.json');

/** Of the keys under the prefix. A leading slash counts: old reports without a prefix lie under one. */
const baseOf = ({ prefix }: Cur): string => (prefix === '' ? '' : `${prefix}/`);

/** What all keys of the report begin with. */
export const reportRoot = (cur: Cur): string =>
  cur.layout === 'by-month' ? baseOf(cur) : `${baseOf(cur)}${cur.name}/`;

/** @param period such as "2026-11" */
export function placesOf(cur: Cur, period: string): Places {
  const root = reportRoot(cur);
  switch (cur.layout) {
    case 'by-month': {
      const folder = `${root}${period}/`;
      return { folder, manifests: [folder], data: [folder], status: [] };
    }
    case 'cur': {
      const folder = `${root}${day(period)}-${day(shiftPeriod(period, 1))}/`;
      // AWS's documentation has examples that end on the month's last day.
      const dated = `${root}${day(period)}-`;
      const [year = '', month] = period.split('-');
      // With the integration of Athena the files lie apart from the manifest.
      const partition = `${root}${cur.name}/year=${year}/month=${Number(month)}/`;
      return {
        folder,
        manifests: [dated],
        data: [dated, partition],
        status: [root, `${root}${cur.name}/`].map((parent) => `${parent}cost_and_usage_data_status/`),
      };
    }
    case 'data-export': {
      const partitions = ['BILLING_PERIOD', 'billing_period'].map((name) => `${name}=${period}/`);
      const data = partitions.map((partition) => `${root}data/${partition}`);
      return {
        folder: data[0] ?? root,
        manifests: partitions.map((partition) => `${root}metadata/${partition}`),
        data,
        status: [],
      };
    }
  }
}

const day = (period: string): string => `${period.replace('-', '')}01`;

/** A manifest that names its files. */
export interface Manifest {
  /** AWS's own name of this delivery: the assembly's or the execution's. */
  readonly id: string | null;
  /** Keys in the bucket. */
  readonly files: readonly string[];
}

const ByMonth = z.looseObject({ reportKeys: z.array(z.string()), assemblyId: z.string().nullish() });
const Legacy = z.looseObject({
  assemblyId: z.string().min(1),
  reportKeys: z.array(z.string()),
  billingPeriod: z.looseObject({ start: z.string() }).optional(),
});
const Export = z.looseObject({ executionId: z.string().min(1), dataFiles: z.array(z.string()) });

const WANTED = {
  'by-month': 'the list "reportKeys"',
  cur: '"assemblyId" and the list "reportKeys"',
  'data-export': '"executionId" and the list "dataFiles"',
};

/** @returns for people: what is wrong with it, when it is no manifest of that month */
export function readManifest(text: string, cur: Cur, period: string): Manifest | { unreadable: string } {
  if (text.trim() === '') return { unreadable: 'is empty' };
  let manifest: Manifest & { month?: string | undefined };
  try {
    manifest = parsed(JSON.parse(text), cur);
  } catch {
    return { unreadable: `is no JSON with ${WANTED[cur.layout]}` };
  }
  const { id, files, month } = manifest;
  const other = [month, ...files.map(monthOfKey)].find((one) => one !== undefined && one !== period);
  return other === undefined ? { id, files } : { unreadable: `is of ${other}, not of ${period}` };
}

function parsed(value: unknown, cur: Cur): Manifest & { month?: string | undefined } {
  if (cur.layout === 'by-month') {
    const { assemblyId, reportKeys } = ByMonth.parse(value);
    return { id: assemblyId ?? null, files: reportKeys };
  }
  if (cur.layout === 'cur') {
    const { assemblyId, reportKeys, billingPeriod } = Legacy.parse(value);
    return { id: assemblyId, files: reportKeys, month: monthOfDay(billingPeriod?.start) };
  }
  const { executionId, dataFiles } = Export.parse(value);
  const ours = `s3://${cur.bucket}/`;
  // A file of another bucket stays as it is: it is none of this one, and so it is missing.
  return {
    id: executionId,
    files: dataFiles.map((uri) => (uri.startsWith(ours) ? uri.slice(ours.length) : uri)),
  };
}

/** `20261101T000000.000Z` */
const monthOfDay = (day: string | undefined): string | undefined => {
  const [, year, month] = /^(\d{4})(\d\d)01/.exec(day ?? '') ?? [];
  return year && `${year}-${month}`;
};

const monthOfKey = (key: string): string | undefined => /\/billing_period=([^/]+)\//i.exec(key)?.[1];

/**
 * The manifest that counts: AWS replaces the month's own last, so it is there for a whole delivery. Versions that are kept
 * have theirs in folders of their own, deeper; of those the newest counts.
 */
export function currentManifest(listed: readonly Listed[]): Listed | undefined {
  const depth = ({ key }: Listed): number => key.split('/').length;
  return [...listed]
    .sort((a, b) => depth(b) - depth(a) || order(a.modified, b.modified) || order(a.key, b.key))
    .at(-1);
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The folders of keys, each once. */
export const foldersOf = (keys: readonly string[]): string[] => [
  ...new Set(keys.map((key) => key.slice(0, key.lastIndexOf('/') + 1))),
];

/** AWS takes minutes to write a report; what takes longer than this does not end by itself. */
const WRITING_MS = 4 * 3_600_000;

/** That AWS is at it, since when, and whether it has stopped half-way. */
export const Writing = z.object({ since: z.iso.datetime(), stuck: z.boolean() });
export type Writing = z.infer<typeof Writing>;

/** What the status of Athena's integration says, and since when. */
export interface Status {
  readonly updating: boolean;
  readonly modified: string;
}

/**
 * Whether AWS is writing the report at this moment. It writes the files first, over the old ones, and the manifest last: a
 * file that is newer than the manifest belongs to a delivery that has not ended.
 * @param files those of the manifest, or without one all that lie there
 */
export function writingOf(
  {
    manifest,
    files,
    status,
  }: { manifest: Listed | undefined; files: readonly Listed[]; status: Status | null },
  now: Date,
): Writing | null {
  const newest = files
    .map(({ modified }) => modified)
    .sort()
    .at(-1);
  const began = [
    // AWS's own word, where it has been given since the last file, is worth more than the order of the files.
    ...(newest === undefined || (status && !status.updating && status.modified >= newest)
      ? []
      : [manifest === undefined || newest > manifest.modified ? newest : undefined]),
    status?.updating ? status.modified : undefined,
  ].filter((at) => at !== undefined);
  const since = began.sort().at(-1);
  if (since === undefined) return null;
  return { since, stuck: now.getTime() - new Date(since).getTime() > WRITING_MS };
}

/** @param bytes of `cost_and_usage_data_status`: a Parquet file of one text, which no compression changes as short as it is */
export function statusOf(bytes: Uint8Array, modified: string): Status | null {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.includes('UPDATING')) return { updating: true, modified };
  return text.includes('READY') ? { updating: false, modified } : null;
}
