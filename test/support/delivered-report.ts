import type { S3 } from '@aws-sdk/client-s3';
import { shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import { Estate } from '../../lambdas/platform/settings.ts';

export interface Written {
  readonly key: string;
  readonly body: string;
}
/** One thing after the other that AWS does with the bucket: a text it writes, or null where it takes the object away. */
export type Write = Written | { readonly key: string; readonly body: null };

/** How a report is configured at AWS. */
export interface Shape {
  readonly layout: 'by-month' | 'cur' | 'data-export';
  /** Each delivery goes into a folder of its own, beside the earlier ones. */
  readonly keeps: boolean;
  readonly extension: string;
  readonly athena?: true;
  readonly partition?: string;
}

/** The runbook's own folders, and the six shapes that AWS's documentation describes. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  'by month': { layout: 'by-month', keeps: false, extension: 'snappy.parquet' },
  'legacy CSV, overwritten': { layout: 'cur', keeps: false, extension: 'csv.gz' },
  'legacy CSV, versions kept': { layout: 'cur', keeps: true, extension: 'csv.zip' },
  'legacy Parquet for Athena': { layout: 'cur', keeps: false, extension: 'snappy.parquet', athena: true },
  'CUR 2.0, overwritten': { layout: 'data-export', keeps: false, extension: 'snappy.parquet' },
  'CUR 2.0, versions kept': { layout: 'data-export', keeps: true, extension: 'csv.gz' },
  'FOCUS, overwritten': {
    layout: 'data-export',
    keeps: false,
    extension: 'snappy.parquet',
    partition: 'billing_period',
  },
};

export interface Report {
  readonly bucket: string;
  /** As its owner wrote it at AWS. */
  readonly prefix: string;
  readonly name: string;
}
export const REPORT: Report = {
  bucket: 'example-bucket',
  prefix: 'example-report-prefix',
  name: 'example-report-name',
};

/** Everything that AWS writes for one delivery of a month, in its order. */
export function delivery(
  shape: Shape,
  { bucket, prefix, name }: Report,
  { period, id, files, before = 0 }: { period: string; id: string; files: number; before?: number },
): { readonly writes: readonly Write[]; readonly data: readonly string[] } {
  const base = prefix === '' ? '' : `${prefix}/`;
  const compact = (month: string): string => `${month.replace('-', '')}01`;
  const range = `${compact(period)}-${compact(shiftPeriod(period, 1))}`;
  const numbered = (n: number): string => `${name}-${String(n).padStart(5, '0')}.${shape.extension}`;
  const partition = `${shape.partition ?? 'BILLING_PERIOD'}=${period}`;
  const version = shape.keeps ? `${id}/` : '';
  const [year, month] = period.split('-');
  const folder = {
    'by-month': `${base}${period}/`,
    cur: shape.athena
      ? `${base}${name}/${name}/year=${year}/month=${Number(month)}/`
      : `${base}${name}/${range}/${version}`,
    'data-export': `${base}${name}/data/${partition}/${version}`,
  }[shape.layout];
  const data = Array.from({ length: files }, (_, i) => `${folder}${numbered(i + 1)}`);
  const stamp = (month: string): string => `${compact(month)}T000000.000Z`;
  const manifest = JSON.stringify(
    shape.layout === 'data-export'
      ? {
          executionId: id,
          exportArn: `arn:aws:bcm-data-exports:us-east-1:123456789012:export/${name}-0a1b`,
          columns: [{ name: 'line_item_unblended_cost', type: 'double' }],
          dataFiles: data.map((key) => `s3://${bucket}/${key}`),
          additionalOutputFiles: [],
        }
      : {
          assemblyId: id,
          account: '123456789012',
          columns: [{ category: 'lineItem', name: 'UnblendedCost' }],
          charset: 'UTF-8',
          compression: shape.athena ? 'Parquet' : 'GZIP',
          contentType: shape.athena ? 'Parquet' : 'text/csv',
          reportId: 'f0e1d2',
          reportName: name,
          billingPeriod: { start: stamp(period), end: stamp(shiftPeriod(period, 1)) },
          bucket,
          reportKeys: data,
          additionalArtifactKeys: [],
        },
  );
  const place = {
    'by-month': folder,
    cur: `${base}${name}/${range}/`,
    'data-export': `${base}${name}/metadata/${partition}/`,
  }[shape.layout];
  const status = (text: string): Write[] =>
    shape.athena
      ? [
          {
            key: `${base}${name}/cost_and_usage_data_status/cost_and_usage_data_status.parquet`,
            body: `PAR1${text}PAR1`,
          },
        ]
      : [];
  // What an earlier delivery had and this one has not goes away.
  const gone = Array.from(
    { length: Math.max(0, before - files) },
    (_, i) => `${folder}${numbered(files + i + 1)}`,
  );
  return {
    data,
    writes: [
      ...status('UPDATING'),
      ...data.map((key) => ({ key, body: `${id} ${key}` })),
      ...(shape.keeps ? [] : gone.map((key) => ({ key, body: null }))),
      ...(shape.keeps ? [{ key: `${place}${version}${name}-Manifest.json`, body: manifest }] : []),
      { key: `${place}${name}-Manifest.json`, body: manifest },
      ...status('READY'),
    ],
  };
}

/** A bucket in memory, with pages as short as a test wants. */
export class Bucket {
  private readonly objects = new Map<string, { body: string; modified: Date }>();
  private readonly page: number;

  constructor(page = 2) {
    this.page = page;
  }

  write({ key, body }: Write, at: Date): void {
    // S3 keeps whole seconds.
    if (body === null) this.objects.delete(key);
    else this.objects.set(key, { body, modified: new Date(Math.floor(at.getTime() / 1_000) * 1_000) });
  }

  get client(): S3 {
    const { objects, page } = this;
    return {
      async *[PAGINATE]({ Prefix = '' }: { Prefix?: string }) {
        const found = [...objects]
          .filter(([key]) => key.startsWith(Prefix))
          .sort(([a], [b]) => (a < b ? -1 : 1));
        for (let at = 0; at === 0 || at < found.length; at += page)
          yield {
            Contents: found
              .slice(at, at + page)
              .map(([Key, { body, modified }]) => ({ Key, Size: body.length, LastModified: modified })),
          };
      },
      async getObject({ Key = '' }: { Key?: string }) {
        const object = objects.get(Key);
        if (!object) throw new Error(`NoSuchKey: ${Key}`);
        return {
          Body: {
            transformToString: async () => object.body,
            transformToByteArray: async () => Buffer.from(object.body),
          },
        };
      },
    } as unknown as S3;
  }
}
const PAGINATE = 'paginateListObjectsV2';

export const curOf = (shape: Shape, { bucket, prefix, name }: Report): Estate['cur'] =>
  Estate.parse({ cur: { bucket, prefix, name, layout: shape.layout } }).cur;
