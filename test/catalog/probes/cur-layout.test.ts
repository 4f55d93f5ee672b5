import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { shiftPeriod } from '../../../lambdas/domain/billing-period.ts';
import {
  findDelivery,
  isFrom,
  stateOf,
  type Delivery,
} from '../../../lambdas/catalog/probes/cur-delivery.ts';
import { readManifest, statusOf } from '../../../lambdas/catalog/probes/cur-layout.ts';
import type { ProbeContext } from '../../../lambdas/catalog/probes/definition.ts';
import { DOCUMENTED } from '../../fixtures/reports.ts';
import { Bucket, curOf, delivery, REPORT, shapes, type Write } from '../../support/delivered-report.ts';
import type { ReportName, Shape } from '../../../sandbox/commercial-ops/report-shape.ts';

const T0 = Date.parse('2026-11-10T06:00:00Z');
const MINUTE = 60_000;
const at = (minutes: number): Date => new Date(T0 + minutes * MINUTE);

async function look(
  bucket: Bucket,
  shape: Pick<Shape, 'layout'>,
  report: ReportName,
  period: string,
  now: Date,
): Promise<Delivery> {
  const context = {
    target: { period },
    now,
    settings: { estate: { cur: curOf(shape, report) } },
    tools: { s3: async () => bucket.client },
  } as unknown as ProbeContext<{ period: string }>;
  return (await findDelivery(context)).value;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const manifestIn = (writes: readonly Write[]): string =>
  writes.filter(({ key }) => key.endsWith('-Manifest.json')).at(-1)?.body ?? '';

describe.each(Object.entries(DOCUMENTED))('%s', (_name, documented) => {
  const { id, data, manifests, manifest, others = [] } = documented;
  const text = JSON.stringify(manifest);
  const written = (lost?: string): Bucket => {
    const bucket = new Bucket();
    for (const key of [...others, ...data])
      if (key !== lost) bucket.write({ key, body: 'x'.repeat(10) }, at(1));
    for (const key of manifests) bucket.write({ key, body: text }, at(2));
    return bucket;
  };
  const november = (bucket: Bucket) => look(bucket, documented, REPORT, '2025-11', at(60));

  test('is delivered, with its files alone and its own name', async () => {
    expect(await november(written())).toMatchObject({
      id,
      digest: sha256(text),
      objects: data.length,
      bytes: data.length * 10,
      missing: [],
      writing: null,
    });
    expect(stateOf(await november(written()))).toBe('delivered');
    expect(stateOf(await look(written(), documented, REPORT, '2025-12', at(60)))).toBe('not-delivered');
  });

  test('is being written as long as its files come and its manifest has not', async () => {
    const bucket = new Bucket();
    for (const key of data) bucket.write({ key, body: 'x' }, at(50));
    expect(stateOf(await november(bucket))).toBe('being-written');
    expect(stateOf(await look(bucket, documented, REPORT, '2025-11', at(600)))).toBe('incomplete');
  });

  test.each(data)('without %s it is incomplete', async (lost) => {
    const found = await november(written(lost));
    expect([stateOf(found), found.missing]).toEqual(['incomplete', [lost]]);
  });
});

describe.each(shapes)('delivered %s', (_name, shape) => {
  const first = delivery(shape, REPORT, { period: '2026-11', id: 'assembly-1', files: 3 });
  const second = delivery(shape, REPORT, { period: '2026-11', id: 'assembly-2', files: 2, before: 3 });
  const stateAt = async (bucket: Bucket, now: Date) =>
    stateOf(await look(bucket, shape, REPORT, '2026-11', now));

  test('is judged right in each minute in which AWS writes it the first time, and again', async () => {
    const bucket = new Bucket();
    expect(await stateAt(bucket, at(0))).toBe('not-delivered');
    const seen: string[] = [];
    for (const [i, write] of [...first.writes, ...second.writes].entries()) {
      bucket.write(write, at(i));
      const found = await look(bucket, shape, REPORT, '2026-11', at(i + 0.5));
      seen.push(`${stateOf(found)} ${found.id ?? '-'} ${found.objects}`);
    }
    const written = first.writes.length;
    const before = first.writes.findIndex(({ key }) => key.endsWith('-Manifest.json'));
    expect(seen.slice(0, before)).toEqual(Array(before).fill(expect.stringMatching(/^being-written - /)));
    expect(seen[written - 1]).toBe('delivered assembly-1 3');
    // Versions that are kept change nothing of the one before, until theirs is whole.
    const again = seen.slice(written, -1);
    for (const one of again)
      expect(one).toMatch(shape.keeps ? /^delivered assembly-1 3$/ : /^being-written assembly-[12] /);
    expect(seen.at(-1)).toBe('delivered assembly-2 2');
  });

  test('names itself as AWS does, and by the hash of its manifest', async () => {
    const bucket = new Bucket();
    first.writes.forEach((write, i) => bucket.write(write, at(i)));
    const found = await look(bucket, shape, REPORT, '2026-11', at(60));
    expect(found).toMatchObject({
      id: 'assembly-1',
      digest: sha256(manifestIn(first.writes)),
      missingCount: 0,
      writing: null,
    });
    expect([found.id, found.digest, 'assembly-2', null].map((digest) => isFrom(digest, found))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('without a file that its manifest names it is incomplete, and the file is named', async () => {
    for (const key of first.data) {
      const bucket = new Bucket();
      first.writes.forEach((write, i) => bucket.write(write, at(i)));
      bucket.write({ key, body: null }, at(30));
      const found = await look(bucket, shape, REPORT, '2026-11', at(60));
      expect([stateOf(found), found.missing]).toEqual(['incomplete', [key]]);
    }
  });

  test('half written for hours it is incomplete: nobody is writing any more', async () => {
    const bucket = new Bucket();
    first.writes.forEach((write, i) => bucket.write(write, at(i)));
    second.writes.slice(0, 2).forEach((write, i) => bucket.write(write, at(30 + i)));
    expect(await stateAt(bucket, at(60))).toBe(shape.keeps ? 'delivered' : 'being-written');
    expect(await stateAt(bucket, at(30 + 6 * 60))).toBe(shape.keeps ? 'delivered' : 'incomplete');
  });

  test('whose manifest is no manifest, or that of another month, is none', async () => {
    const other = delivery(shape, REPORT, { period: '2026-10', id: 'october', files: 1 });
    const key = first.writes.filter(({ key }) => key.endsWith('-Manifest.json')).at(-1)?.key ?? '';
    const texts = ['', '<html>', '[]', '{"reportKeys": "a", "dataFiles": "b"}', '{"reportKeys": []}'];
    for (const text of shape.layout === 'by-month'
      ? texts.slice(0, -1)
      : [...texts, manifestIn(other.writes)]) {
      const bucket = new Bucket();
      first.writes.forEach((write, i) => bucket.write(write, at(i)));
      bucket.write({ key, body: text }, at(20));
      const found = await look(bucket, shape, REPORT, '2026-11', at(60));
      expect([text, stateOf(found), found.digest]).toEqual([text, 'not-delivered', null]);
      expect(found.unreadable).toMatch(
        /^its manifest s3:\/\/example-bucket\/\S+ (is empty|is no JSON with |is of 2026-10, not of 2026-11)/,
      );
    }
  });
});

const characters = [..."abcXYZ019-_.!*'()"];
const name = fc
  .string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 12 })
  .filter((text) => !/^\.+$/.test(text));
const report = fc.record({
  bucket: fc.constant('example-bucket'),
  prefix: fc.oneof(
    fc.constant(''),
    name,
    fc.tuple(name, name).map((parts) => parts.join('/')),
    name.map((text) => `/${text}`),
  ),
  name,
});
/** Ends of years, leap months, and any other. */
const period = fc.oneof(
  fc.constantFrom('2026-12', '2027-01', '2028-02', '2100-02', '2026-09', '2026-10'),
  fc
    .tuple(fc.integer({ min: 2016, max: 2099 }), fc.integer({ min: 1, max: 12 }))
    .map(([year, month]) => `${year}-${String(month).padStart(2, '0')}`),
);

describe('any report, of any name and month', () => {
  test('is told from its neighbours: other months, other reports, and versions of before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...shapes),
        report,
        period,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async ([, shape], mine, month, files, page) => {
          const bucket = new Bucket(page);
          const neighbours = [
            delivery(shape, mine, { period: shiftPeriod(month, -1), id: 'before', files: 2 }),
            delivery(shape, mine, { period: shiftPeriod(month, 1), id: 'after', files: 2 }),
            delivery(shape, mine, { period: shiftPeriod(month, 9), id: 'later', files: 2 }),
            ...(shape.layout === 'by-month'
              ? []
              : [
                  delivery(
                    shape,
                    { ...mine, name: `${mine.name}x` },
                    { period: month, id: 'other', files: 2 },
                  ),
                ]),
          ];
          for (const { writes } of neighbours) writes.forEach((write, i) => bucket.write(write, at(i)));
          expect(stateOf(await look(bucket, shape, mine, month, at(600)))).toBe('not-delivered');

          const old = delivery(shape, mine, { period: month, id: 'old', files: 4 });
          const now = delivery(shape, mine, { period: month, id: 'new', files, before: 4 });
          old.writes.forEach((write, i) => bucket.write(write, at(100 + i)));
          now.writes.forEach((write, i) => bucket.write(write, at(200 + i)));
          const found = await look(
            bucket,
            shape,
            { ...mine, prefix: `${mine.prefix}${mine.prefix && '/'}` },
            month,
            at(600),
          );
          expect({
            state: stateOf(found),
            id: found.id,
            objects: found.objects,
            missing: found.missing,
          }).toEqual({
            state: 'delivered',
            id: 'new',
            objects: files,
            missing: [],
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('whose files came after its manifest, or are of an unknown order, is never loaded while it is written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...shapes.filter(([, { keeps }]) => !keeps)),
        fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 5, maxLength: 5 }),
        async ([, shape], minutes) => {
          const bucket = new Bucket();
          const { writes, data } = delivery(shape, REPORT, { period: '2026-11', id: 'one', files: 3 });
          const when = new Map(writes.map(({ key }, i) => [key, at(minutes[i % 5] ?? 0)]));
          for (const write of writes) bucket.write(write, when.get(write.key) ?? at(0));
          const key = writes.filter(({ key }) => key.endsWith('-Manifest.json')).at(-1)?.key ?? '';
          const newest = Math.max(...data.map((file) => when.get(file)?.getTime() ?? 0));
          const status = [...when].find(([path]) => path.includes('data_status'))?.[1].getTime();
          const isSettled =
            newest <= (when.get(key)?.getTime() ?? 0) || (status !== undefined && status >= newest);
          expect(stateOf(await look(bucket, shape, REPORT, '2026-11', at(100)))).toBe(
            isSettled ? 'delivered' : 'being-written',
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('a file of another bucket is none of this one', () => {
  const cur = curOf({ layout: 'data-export' }, REPORT);
  const text = JSON.stringify({
    executionId: 'e',
    dataFiles: ['s3://other/a.gz', `s3://${cur.bucket}/b c+d.gz`],
  });
  expect(readManifest(text, cur, '2026-11')).toEqual({ id: 'e', files: ['s3://other/a.gz', 'b c+d.gz'] });
});

test('a status that says neither word tells nothing', () => {
  expect(statusOf(Buffer.from('PAR1PAR1'), '2026-11-10T06:00:00.000Z')).toBeNull();
});

test('of Athena’s partitions those of the first months have one digit', async () => {
  const bucket = new Bucket();
  const folder = `${REPORT.prefix}/${REPORT.name}/${REPORT.name}/year=2026`;
  bucket.write({ key: `${folder}/month=1/x-00001.snappy.parquet`, body: 'x' }, at(50));
  const months = ['2026-01', '2026-10', '2026-11'];
  const states = months.map(async (month) =>
    stateOf(await look(bucket, { layout: 'cur' }, REPORT, month, at(60))),
  );
  expect(await Promise.all(states)).toEqual(['being-written', 'not-delivered', 'not-delivered']);
});
