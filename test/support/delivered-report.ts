import type { S3 } from '@aws-sdk/client-s3';
import {
  manifestOf,
  reportPlaces,
  SHAPES,
  type ReportName,
  type Shape,
} from '../../sandbox/commercial-ops/report-shape.ts';
import { Estate } from '../../lambdas/platform/settings.ts';

/** What AWS does with the bucket: a text that it writes, or null where it takes the object away. */
export interface Write {
  readonly key: string;
  readonly body: string | null;
}

export const REPORT: ReportName = {
  bucket: 'example-bucket',
  prefix: 'example-report-prefix',
  name: 'example-report-name',
};
export const shapes: readonly (readonly [string, Shape])[] = Object.entries(SHAPES);

/** Everything that AWS writes for one delivery of a month, in its order. @param of.before files of the delivery before */
export function delivery(
  shape: Shape,
  report: ReportName,
  of: { period: string; id: string; files: number; before?: number },
): { readonly writes: readonly Write[]; readonly data: readonly string[] } {
  const { period, id, files, before = 0 } = of;
  const places = reportPlaces(shape, report, period);
  const file = (_: unknown, i: number): string =>
    `${places.data(id)}${report.name}-${String(i + 1).padStart(5, '0')}.snappy.parquet`;
  const data = Array.from({ length: files }, file);
  const gone = shape.keeps ? [] : Array.from({ length: before }, file).slice(files);
  const manifest = JSON.stringify(manifestOf(shape, report, { period, id, keys: data, columns: [] }));
  const status = (text: string): Write[] =>
    places.status === undefined ? [] : [{ key: places.status, body: `PAR1${text}PAR1` }];
  return {
    data,
    writes: [
      ...status('UPDATING'),
      ...data.map((key) => ({ key, body: `${id} ${key}` })),
      ...gone.map((key) => ({ key, body: null })),
      ...places.manifests(id).map((key) => ({ key, body: manifest })),
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
    const modified = new Date(Math.floor(at.getTime() / 1_000) * 1_000);
    if (body === null) this.objects.delete(key);
    else this.objects.set(key, { body, modified });
  }

  get client(): S3 {
    const { objects, page } = this;
    const client = {
      async *paginateListObjectsV2({ Prefix = '' }: { Prefix?: string }) {
        const found = [...objects]
          .filter(([key]) => key.startsWith(Prefix))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([Key, { body, modified }]) => ({ Key, Size: body.length, LastModified: modified }));
        for (let at = 0; at === 0 || at < found.length; at += page)
          yield { Contents: found.slice(at, at + page) };
      },
      async getObject({ Key = '' }: { Key?: string }) {
        const object = objects.get(Key);
        if (!object) throw new Error(`NoSuchKey: ${Key}`);
        const Body = {
          transformToString: async () => object.body,
          transformToByteArray: async () => Buffer.from(object.body),
        };
        return { Body };
      },
    };
    return client as unknown as S3;
  }
}

export const curOf = (
  { layout }: Pick<Shape, 'layout'>,
  { bucket, prefix, name }: ReportName,
): Estate['cur'] => Estate.parse({ cur: { bucket, prefix, name, layout } }).cur;
