import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import type { CostSource, ObjectStore, Report } from './contracts.ts';
import { REPORT_COLUMNS } from './cost-columns.ts';
import {
  deliveryId,
  manifestOf,
  reportPlaces,
  type ReportName,
  type ReportPlaces,
  type Shape,
} from './report-shape.ts';
import type { Period } from './period.ts';

/**
 * As much of AWS's manifests as a reader needs. `reportSizes` and `reportDigest` are ours: a cut-off file shows, and what is
 * delivered already is not delivered again.
 */
const Manifest = z
  .looseObject({
    assemblyId: z.string().optional(),
    executionId: z.string().optional(),
    reportKeys: z.array(z.string()).optional(),
    dataFiles: z.array(z.string()).optional(),
    reportSizes: z.record(z.string(), z.number()).optional(),
    reportDigest: z.string().optional(),
  })
  .transform(({ assemblyId, executionId, reportKeys, dataFiles, reportSizes = {}, reportDigest = '' }) => ({
    id: assemblyId ?? executionId ?? '',
    keys: reportKeys ?? dataFiles?.map((uri) => uri.replace(/^s3:\/\/[^/]+\//, '')) ?? [],
    sizes: reportSizes,
    content: reportDigest,
  }));

/** AWS assembles a report so long after the last usage in it, at most. */
const ASSEMBLY_LAG_MS = 36 * 3_600_000;

/** A delivery that can't be ingested, as AWS left it. */
export class IncompleteDelivery extends Error {
  override readonly name = 'IncompleteDelivery';
}

interface DeliveryOptions {
  readonly s3: ObjectStore;
  readonly report: ReportName;
  readonly shape: Shape;
  readonly directory: string;
  readonly now: () => Date;
  /** Writes the one text as a Parquet file. */
  readonly parquetOf: (status: string, path: string) => Promise<void>;
}

interface DataFile {
  readonly name: string;
  readonly body: Uint8Array;
}

/** AWS's side of the report: what lies in the delivery bucket, and all the ways it can be wrong. */
export class Delivery {
  private readonly options: DeliveryOptions;

  constructor(options: DeliveryOptions) {
    this.options = options;
  }

  /** Of the month's data; with versions that are kept, of all of them. */
  folder(period: Period): string {
    return this.places(period).folders[0] ?? '';
  }

  /** Of the month's own manifest. */
  manifestKey(period: Period): string {
    return this.places(period).manifests('').at(-1) ?? '';
  }

  /** Whether there is a manifest, complete or not. */
  exists(period: Period): boolean {
    const key = this.manifestKey(period);
    return this.list(key).some((found) => found.key === key);
  }

  /**
   * Delivers what AWS knew at `upTo`: over what lay there, or beside it. It was assembled then, not now: so an old one that is
   * put back names its time.
   */
  async deliver(source: CostSource, period: Period, upTo: Date): Promise<void> {
    const scratch = mkdtempSync(join(this.options.directory, 'delivery-'));
    try {
      const written = await source.write(period, upTo, scratch);
      const files = written.map(({ name, path }) => ({ name, body: readFileSync(path) }));
      const content = createHash('sha256');
      for (const { body } of files) content.update(body);
      const digest = content.digest('hex');
      if (files.length > 0 && (await this.holds(period, digest))) return;
      if (!this.options.shape.keeps || files.length === 0) await this.remove(period);
      if (files.length === 0) return;
      const assembledAt = new Date(Math.min(upTo.getTime() + ASSEMBLY_LAG_MS, this.options.now().getTime()));
      await this.write(period, deliveryId(this.options.shape, assembledAt, digest), files, digest);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  /** Files first, the manifest last. */
  private async write(
    period: Period,
    id: string,
    files: readonly DataFile[],
    content: string,
  ): Promise<void> {
    const { shape, report } = this.options;
    const places = this.places(period);
    await this.say(places, 'UPDATING');
    const sizes: Record<string, number> = {};
    for (const { name, body } of files) {
      const key = `${places.data(id)}${name}`;
      sizes[key] = body.length;
      await this.put(key, body);
    }
    const columns = Object.entries(REPORT_COLUMNS).map(([name, type]) => ({ name, type }));
    const manifest = {
      ...manifestOf(shape, report, { period, id, keys: Object.keys(sizes), columns }),
      reportSizes: sizes,
      reportDigest: content,
    };
    for (const key of places.manifests(id))
      await this.put(key, Buffer.from(JSON.stringify(manifest, null, 2)));
    await this.say(places, 'READY');
  }

  /** Fault: nothing lies under the month's prefixes. */
  async remove(period: Period): Promise<void> {
    for (const folder of this.places(period).folders)
      for (const { key } of this.list(folder)) await this.options.s3.delete(this.options.report.bucket, key);
  }

  /** Fault: the prefix is there, with nothing in it. */
  async empty(period: Period): Promise<void> {
    await this.remove(period);
    await this.put(this.folder(period), new Uint8Array());
  }

  /** Fault: the manifest names a file that isn't there. */
  async makeIncomplete(period: Period): Promise<string> {
    const lost = (await this.manifestOf(period)).keys.at(-1);
    if (lost === undefined) throw new Error(`the delivery of ${period} names no file to lose`);
    await this.options.s3.delete(this.options.report.bucket, lost);
    return lost;
  }

  /** AWS is writing the month for the first time: its files are there, and the manifest, which comes last, is not. */
  async makeUnfinished(period: Period): Promise<void> {
    const { id, files } = await this.contentOf(period);
    const places = this.places(period);
    await this.remove(period);
    await this.say(places, 'UPDATING');
    for (const { name, body } of files) await this.put(`${places.data(id)}${name}`, body);
  }

  /** AWS delivers the month again, as it does for days after its end: here the same lines in another assembly. */
  async assembleAgain(period: Period): Promise<void> {
    const { files, content } = await this.contentOf(period);
    await this.write(period, '0000000a-0000-4000-8000-00000000000a', files, content);
  }

  /** @throws IncompleteDelivery unless every file that the manifest names is there in its full size */
  async read(period: Period): Promise<Report> {
    const { bucket } = this.options.report;
    const bytes = await this.manifestBytes(period);
    const { id, keys, sizes } = Manifest.parse(JSON.parse(bytes.toString('utf8')));
    const there = this.sizesIn(period);
    const missing = keys.filter((key) => !there.has(key));
    if (missing.length > 0) {
      throw new IncompleteDelivery(
        `the delivery of ${period} is incomplete: its manifest names ${keys.length} files, ` +
          `${missing.length} missing (${missing.join(', ')}). Nothing was loaded; wait for AWS to deliver again`,
      );
    }
    for (const key of keys) {
      const wanted = sizes[key];
      if (wanted !== undefined && wanted !== there.get(key)) {
        throw new IncompleteDelivery(
          `${key} has ${there.get(key)} bytes; its manifest says ${wanted}. Nothing was loaded; wait for AWS to deliver again`,
        );
      }
    }
    const files = keys.map((key) => ({ name: basename(key), path: this.options.s3.filePath(bucket, key) }));
    // AWS's own name is as good as the manifest's hash; the runbook's folders know only the hash.
    const isByMonth = this.options.shape.layout === 'by-month';
    return { period, files, digest: isByMonth ? createHash('sha256').update(bytes).digest('hex') : id };
  }

  /** Whether the same lines lie there, complete. */
  private async holds(period: Period, content: string): Promise<boolean> {
    if (!this.exists(period)) return false;
    const manifest = await this.manifestOf(period);
    const there = this.sizesIn(period);
    return manifest.content === content && manifest.keys.every((key) => there.has(key));
  }

  private async contentOf(period: Period): Promise<{ id: string; files: DataFile[]; content: string }> {
    const { id, keys, content } = await this.manifestOf(period);
    const files = keys.map(async (key) => ({
      name: basename(key),
      body: await this.options.s3.get(this.options.report.bucket, key),
    }));
    return { id, files: await Promise.all(files), content };
  }

  private async manifestOf(period: Period): Promise<z.infer<typeof Manifest>> {
    return Manifest.parse(JSON.parse((await this.manifestBytes(period)).toString('utf8')));
  }

  private async manifestBytes(period: Period): Promise<Buffer> {
    const key = this.manifestKey(period);
    const { bucket } = this.options.report;
    if (this.exists(period)) return Buffer.from(await this.options.s3.get(bucket, key));
    throw new IncompleteDelivery(
      `there is no manifest at s3://${bucket}/${key}: AWS has not delivered ${period}, or not finished. Nothing was loaded`,
    );
  }

  private sizesIn(period: Period): ReadonlyMap<string, number> {
    const listed = this.places(period).folders.flatMap((folder) => this.list(folder));
    return new Map(listed.map(({ key, size }) => [key, size]));
  }

  private places(period: Period): ReportPlaces {
    return reportPlaces(this.options.shape, this.options.report, period);
  }

  private async say({ status }: ReportPlaces, text: 'READY' | 'UPDATING'): Promise<void> {
    if (status === undefined) return;
    const path = join(this.options.directory, 'status.parquet');
    await this.options.parquetOf(text, path);
    await this.put(status, readFileSync(path));
  }

  private put(key: string, body: Uint8Array): Promise<unknown> {
    return this.options.s3.put(this.options.report.bucket, key, body);
  }

  private list(prefix: string) {
    return this.options.s3.list(this.options.report.bucket, prefix);
  }
}
