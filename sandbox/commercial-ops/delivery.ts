import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { CostSource, ObjectStore, Report } from './contracts.ts';
import { REPORT_COLUMNS } from './cost-columns.ts';
import { endOf, startOf, type Period } from './period.ts';
import { ACCOUNT } from '../../emulator/kernel/places.ts';

const REPORT_NAME = 'commercial-ops-cur';

/**
 * As much of AWS's manifest as a reader needs. `reportSizes` and `reportDigest` are ours: a cut-off file shows, and what is
 * delivered already is not delivered again.
 */
const Manifest = z.looseObject({
  assemblyId: z.string(),
  reportKeys: z.array(z.string()),
  reportSizes: z.record(z.string(), z.number()).optional(),
  reportDigest: z.string().optional(),
});

/** AWS assembles a report so long after the last usage in it, at most. */
const ASSEMBLY_LAG_MS = 36 * 3_600_000;

/** A delivery that can't be ingested, as AWS left it. */
export class IncompleteDelivery extends Error {
  override readonly name = 'IncompleteDelivery';
}

/** AWS's side of the report: what lies in the delivery bucket, and all the ways it can be wrong. */
export class Delivery {
  private readonly s3: ObjectStore;
  private readonly bucket: string;
  private readonly prefix: string;
  private readonly directory: string;
  private readonly now: () => Date;

  constructor(options: {
    s3: ObjectStore;
    bucket: string;
    prefix: string;
    directory: string;
    now: () => Date;
  }) {
    this.s3 = options.s3;
    this.now = options.now;
    this.bucket = options.bucket;
    this.prefix = options.prefix;
    this.directory = options.directory;
  }

  folder(period: Period): string {
    return `${this.prefix}/${period}/`;
  }

  manifestKey(period: Period): string {
    return `${this.folder(period)}${REPORT_NAME}-Manifest.json`;
  }

  /** Whether there is a manifest, complete or not. */
  exists(period: Period): boolean {
    const key = this.manifestKey(period);
    return this.s3.list(this.bucket, key).some((found) => found.key === key);
  }

  /**
   * Delivers what AWS knew at `upTo`, over what lay there: files first, the manifest last. It was assembled then, not now: so
   * an old one that is put back names its time.
   */
  async deliver(source: CostSource, period: Period, upTo: Date): Promise<void> {
    const scratch = mkdtempSync(join(this.directory, 'delivery-'));
    try {
      const files = await source.write(period, upTo, scratch);
      const bodies = files.map(({ name, path }) => ({
        key: `${this.folder(period)}${name}`,
        body: readFileSync(path),
      }));
      const content = createHash('sha256');
      for (const { body } of bodies) content.update(body);
      const digest = content.digest('hex');
      if (files.length > 0 && (await this.holds(period, digest))) return;
      await this.remove(period);
      if (files.length === 0) return;
      for (const { key, body } of bodies) await this.s3.put(this.bucket, key, body);
      const assembledAt = new Date(Math.min(upTo.getTime() + ASSEMBLY_LAG_MS, this.now().getTime()));
      const manifest = this.manifest(period, {
        assembledAt,
        sizes: Object.fromEntries(bodies.map(({ key, body }) => [key, body.length])),
        digest,
      });
      await this.s3.put(
        this.bucket,
        this.manifestKey(period),
        Buffer.from(JSON.stringify(manifest, null, 2)),
      );
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  /** Fault: nothing lies under the month's prefix. */
  async remove(period: Period): Promise<void> {
    for (const { key } of this.s3.list(this.bucket, this.folder(period))) {
      await this.s3.delete(this.bucket, key);
    }
  }

  /** Fault: the prefix is there, with nothing in it. */
  async empty(period: Period): Promise<void> {
    await this.remove(period);
    await this.s3.put(this.bucket, this.folder(period), new Uint8Array());
  }

  /** Fault: the manifest names a file that isn't there. */
  async makeIncomplete(period: Period): Promise<string> {
    const keys = Manifest.parse(await this.manifestOf(period)).reportKeys;
    const lost = keys.at(-1);
    if (lost === undefined) throw new Error(`the delivery of ${period} names no file to lose`);
    await this.s3.delete(this.bucket, lost);
    return lost;
  }

  /** AWS is writing the month at this moment: its files are there, and the manifest, which comes last, is not. */
  async makeUnfinished(period: Period): Promise<void> {
    const { reportKeys } = Manifest.parse(await this.manifestOf(period));
    for (const key of reportKeys) await this.s3.put(this.bucket, key, await this.s3.get(this.bucket, key));
    await this.s3.delete(this.bucket, this.manifestKey(period));
  }

  /** AWS delivers the month again, as it does for days after its end: here the same lines in another assembly. */
  async assembleAgain(period: Period): Promise<void> {
    const manifest = (await this.manifestOf(period)) as object;
    const again = { ...manifest, assemblyId: '0000000a-0000-4000-8000-00000000000a' };
    await this.s3.put(this.bucket, this.manifestKey(period), Buffer.from(JSON.stringify(again, null, 2)));
  }

  /** @throws IncompleteDelivery unless every file that the manifest names is there in its full size */
  async read(period: Period): Promise<Report> {
    const bytes = await this.manifestBytes(period);
    const { reportKeys, reportSizes } = Manifest.parse(JSON.parse(bytes.toString('utf8')));
    const there = new Map(this.s3.list(this.bucket, this.folder(period)).map(({ key, size }) => [key, size]));
    const missing = reportKeys.filter((key) => !there.has(key));
    if (missing.length > 0) {
      throw new IncompleteDelivery(
        `the delivery of ${period} is incomplete: its manifest names ${reportKeys.length} files, ` +
          `${missing.length} missing (${missing.join(', ')}). Nothing was loaded; wait for AWS to deliver again`,
      );
    }
    for (const key of reportKeys) {
      const wanted = reportSizes?.[key];
      if (wanted !== undefined && wanted !== there.get(key)) {
        throw new IncompleteDelivery(
          `${key} has ${there.get(key)} bytes; its manifest says ${wanted}. Nothing was loaded; wait for AWS to deliver again`,
        );
      }
    }
    const files = reportKeys.map((key) => ({
      name: key.slice(this.folder(period).length),
      path: this.s3.filePath(this.bucket, key),
    }));
    return { period, files, digest: createHash('sha256').update(bytes).digest('hex') };
  }

  /** Whether the same lines lie there, complete. */
  private async holds(period: Period, digest: string): Promise<boolean> {
    if (!this.exists(period)) return false;
    const manifest = Manifest.safeParse(await this.manifestOf(period));
    const there = new Set(this.s3.list(this.bucket, this.folder(period)).map(({ key }) => key));
    return (
      manifest.success &&
      manifest.data.reportDigest === digest &&
      manifest.data.reportKeys.every((key) => there.has(key))
    );
  }

  private async manifestOf(period: Period): Promise<unknown> {
    return JSON.parse((await this.manifestBytes(period)).toString('utf8'));
  }

  private async manifestBytes(period: Period): Promise<Buffer> {
    const key = this.manifestKey(period);
    if (this.exists(period)) return Buffer.from(await this.s3.get(this.bucket, key));
    throw new IncompleteDelivery(
      `there is no manifest at s3://${this.bucket}/${key}: AWS has not delivered ${period}, or not finished. Nothing was loaded`,
    );
  }

  private manifest(period: Period, of: { assembledAt: Date; sizes: Record<string, number>; digest: string }) {
    const stamp = (at: Date) => `${at.toISOString().replaceAll('-', '').replaceAll(':', '')}`;
    return {
      assemblyId: stamp(of.assembledAt).replace(/\.\d+/, ''),
      account: ACCOUNT,
      columns: Object.entries(REPORT_COLUMNS).map(([name, type]) => ({ name, type })),
      charset: 'UTF-8',
      compression: 'Parquet',
      contentType: 'Parquet',
      reportName: REPORT_NAME,
      billingPeriod: { start: stamp(startOf(period)), end: stamp(endOf(period)) },
      bucket: this.bucket,
      reportKeys: Object.keys(of.sizes),
      reportSizes: of.sizes,
      reportDigest: of.digest,
      additionalArtifactKeys: [],
    };
  }
}
