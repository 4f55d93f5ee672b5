import { shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import type { Estate } from '../../lambdas/platform/settings.ts';
import { ACCOUNT, arn } from '../../emulator/kernel/places.ts';
import { endOf, startOf, type Period } from './period.ts';

/** How a report is configured at AWS. */
export interface Shape {
  readonly layout: Estate['cur']['layout'];
  /** Each delivery goes into a folder of its own, beside the earlier ones. */
  readonly keeps?: true;
  /** With the integration of Athena, whose files lie in partitions. */
  readonly athena?: true;
  /** Its name, where it is not in capitals. */
  readonly partition?: string;
}

/** The runbook's own folders, and what AWS's documentation describes. */
export const SHAPES = {
  'by-month': { layout: 'by-month' },
  cur: { layout: 'cur' },
  'cur-kept': { layout: 'cur', keeps: true },
  'cur-athena': { layout: 'cur', athena: true },
  'data-export': { layout: 'data-export' },
  'data-export-kept': { layout: 'data-export', keeps: true },
  focus: { layout: 'data-export', partition: 'billing_period' },
} as const satisfies Readonly<Record<string, Shape>>;
export type ShapeName = keyof typeof SHAPES;

export const isShape = (name: string): name is ShapeName => Object.hasOwn(SHAPES, name);

export interface ReportName {
  readonly bucket: string;
  readonly prefix: string;
  readonly name: string;
}

export interface ReportPlaces {
  /** Everything of the month lies under these. */
  readonly folders: readonly string[];
  /** Of the data files of a delivery. */
  data(id: string): string;
  /** In the order in which AWS writes them: that of the version, and then the month's own. */
  manifests(id: string): readonly string[];
  /** What AWS says for Athena, of the whole report. */
  readonly status: string | undefined;
}

/** Where AWS puts a month. */
export function reportPlaces(shape: Shape, { prefix, name }: ReportName, period: Period): ReportPlaces {
  const base = prefix === '' ? '' : `${prefix}/`;
  const root = shape.layout === 'by-month' ? base : `${base}${name}/`;
  const own = (id: string): string => (shape.keeps ? `${id}/` : '');
  const [year = '', month = ''] = period.split('-');
  const partition = `${shape.partition ?? 'BILLING_PERIOD'}=${period}/`;
  const [data, metadata] = {
    'by-month': [`${root}${period}/`, `${root}${period}/`],
    cur: [
      shape.athena ? `${root}${name}/year=${year}/month=${Number(month)}/` : dated(root, period),
      dated(root, period),
    ],
    'data-export': [`${root}data/${partition}`, `${root}metadata/${partition}`],
  }[shape.layout] as [string, string];
  const manifest = `${name}-Manifest.json`;
  return {
    folders: [...new Set([data, metadata])],
    data: (id) => `${data}${own(id)}`,
    manifests: (id) => [...new Set([`${metadata}${own(id)}${manifest}`, `${metadata}${manifest}`])],
    status: shape.athena && `${root}cost_and_usage_data_status/cost_and_usage_data_status.parquet`,
  };
}

const dated = (root: string, period: Period): string =>
  `${root}${compact(period)}-${compact(shiftPeriod(period, 1))}/`;
const compact = (period: Period): string => `${period.replace('-', '')}01`;

export const stamp = (at: Date): string => at.toISOString().replaceAll(/[-:]/g, '');

/** What AWS calls a delivery. @param content hexadecimal: of two that were assembled within a second */
export function deliveryId({ layout }: Shape, assembledAt: Date, content: string): string {
  const second = stamp(assembledAt).replace(/\.\d+/, '');
  if (layout === 'by-month') return second;
  return layout === 'cur'
    ? `${second}-${content.slice(0, 8)}`
    : `${assembledAt.toISOString()}-${content.slice(0, 8)}`;
}

/** As AWS's documentation describes the manifest of each kind. @param keys of the data files */
export function manifestOf(
  shape: Shape,
  { bucket, name }: ReportName,
  of: { period: Period; id: string; keys: readonly string[]; columns: readonly object[] },
): object {
  const { period, id, keys, columns } = of;
  if (shape.layout === 'data-export') {
    return {
      executionId: id,
      exportArn: arn('bcm-data-exports', `export/${name}-0a1b2c3d`),
      columns,
      dataFiles: keys.map((key) => `s3://${bucket}/${key}`),
      additionalOutputFiles: [],
    };
  }
  return {
    assemblyId: id,
    account: ACCOUNT,
    columns,
    charset: 'UTF-8',
    compression: 'Parquet',
    contentType: 'Parquet',
    reportName: name,
    billingPeriod: { start: stamp(startOf(period)), end: stamp(endOf(period)) },
    bucket,
    reportKeys: keys,
    additionalArtifactKeys: [],
  };
}
