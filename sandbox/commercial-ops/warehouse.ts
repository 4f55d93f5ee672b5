import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AthenaPartition, AthenaSnapshot, AthenaTable } from '../../emulator/aws/athena-table.ts';
import type { Collection, Store } from '../../emulator/kernel/store.ts';
import type { ObjectStore, Report } from './contracts.ts';
import { COST_COLUMNS } from './cost-columns.ts';
import { linesOf, type Loading } from './cost-query.ts';
import { text } from '../../emulator/aws/sql-text.ts';
import type { Duck } from './duck.ts';
import type { Period } from './period.ts';

/** Per month, the files that count now: the catalog's pointer, as Glue keeps it. */
interface Partition {
  readonly period: Period;
  readonly keys: readonly string[];
  readonly bytes: number;
}

/**
 * Athena's copy of the costs: Parquet under `fact_cost_raw/period=…/`. A month is replaced by writing new files,
 * moving its pointer in one step, and removing the old files when no query reads them any more: a query sees
 * the month before or after, never both and never half.
 */
export class Warehouse implements AthenaTable {
  readonly database: string;
  readonly name = 'fact_cost_raw';
  readonly columns = COST_COLUMNS;
  readonly partitionColumn = 'period';
  readonly bucket: string;
  readonly prefix: string;
  private readonly s3: ObjectStore;
  private readonly duck: Duck;
  private readonly directory: string;
  private readonly partitions: Collection<Partition>;
  private readonly readers = new Set<readonly AthenaPartition[]>();
  /** Keys of loads that have not moved their pointer yet. */
  private readonly writing = new Set<string>();

  constructor(options: {
    s3: ObjectStore;
    duck: Duck;
    store: Pick<Store, 'collection'>;
    database: string;
    bucket: string;
    prefix: string;
    directory: string;
  }) {
    this.s3 = options.s3;
    this.duck = options.duck;
    this.database = options.database;
    this.bucket = options.bucket;
    this.prefix = options.prefix;
    this.directory = options.directory;
    this.partitions = options.store.collection<Partition>('commercial-ops.partition');
  }

  /** @param load names the new files; the same name twice would overwrite files that a query reads */
  async replace(report: Report, loading: Loading, load: string): Promise<void> {
    const { period } = report;
    const scratch = mkdtempSync(join(this.directory, 'warehouse-'));
    try {
      const paths: string[] = [];
      for (const [i, file] of report.files.entries()) {
        const path = join(scratch, `${i}.parquet`);
        await this.duck.run(`copy (${linesOf(file, loading)}) to ${text(path)} (format parquet)`);
        paths.push(path);
      }
      await this.hold(period, paths, load);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  /** These Parquet files are the month from now on. @param load as in `replace` */
  async hold(period: Period, paths: readonly string[], load: string): Promise<void> {
    const keys: string[] = [];
    try {
      let bytes = 0;
      for (const [i, path] of paths.entries()) {
        const body = readFileSync(path);
        const key = `${this.prefix}/period=${period}/${load}-${String(i + 1).padStart(5, '0')}.snappy.parquet`;
        this.writing.add(key);
        keys.push(key);
        await this.s3.put(this.bucket, key, body);
        bytes += body.length;
      }
      await this.partitions.put(period, { period, keys, bytes });
      await this.sweep();
    } finally {
      for (const key of keys) this.writing.delete(key);
    }
  }

  /** Forgets every month. */
  async clear(): Promise<void> {
    for (const { period } of this.partitions.all()) await this.partitions.delete(period);
    await this.sweep();
  }

  open(): AthenaSnapshot {
    const partitions = this.current();
    this.readers.add(partitions);
    return {
      partitions: partitions.map((partition) => ({
        ...partition,
        paths: partition.keys.map((key) => this.s3.filePath(this.bucket, key)),
      })),
      release: async () => {
        if (this.readers.delete(partitions)) await this.sweep();
      },
    };
  }

  current(): AthenaPartition[] {
    return this.partitions
      .all()
      .filter(({ keys }) => keys.length > 0)
      .map(({ period: value, keys, bytes }) => ({ value, keys, bytes }))
      .sort((a, b) => (a.value < b.value ? -1 : 1));
  }

  /** Removes the files that neither the table nor a running query knows: also what a killed job left. */
  private async sweep(): Promise<void> {
    const known = [this.current(), ...this.readers].flat().flatMap(({ keys }) => keys);
    const wanted = new Set([...known, ...this.writing]);
    for (const { key } of this.s3.list(this.bucket, `${this.prefix}/`)) {
      if (!wanted.has(key)) await this.s3.delete(this.bucket, key);
    }
  }
}
