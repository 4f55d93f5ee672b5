import type { Principal } from '../../emulator/kernel/service.ts';
import type { Period } from './period.ts';

/** What Commercial-Ops needs of the sandbox's S3. */
export interface ObjectStore {
  createBucket(name: string): Promise<void>;
  put(bucket: string, key: string, body: Uint8Array): Promise<unknown>;
  /** @throws when there is no such object */
  get(bucket: string, key: string): Promise<Uint8Array>;
  list(bucket: string, prefix: string): readonly ListedObject[];
  delete(bucket: string, key: string): Promise<unknown>;
  /** Where an object's body lies on disk, so that DuckDB can read it in place. */
  filePath(bucket: string, key: string): string;
}
export interface ListedObject {
  readonly key: string;
  readonly size: number;
}

/** What it needs of Logs. */
export interface LogWriter {
  append(group: string, stream: string, message: string, at?: Date): unknown;
}

/** What it needs of IAM: may this principal do that? */
export interface AccessCheck {
  check(principal: Principal, action: string, resource: string): { allowed: boolean; reason: string };
}

/** One Parquet file on disk whose lines belong to one report. */
export interface ReportFile {
  /** The name by which lines say where they came from (`source_file`). */
  readonly name: string;
  readonly path: string;
}

/** A report that is all there: what an ingestion reads. */
export interface Report {
  readonly period: Period;
  readonly files: readonly ReportFile[];
  /** SHA-256 over the manifest's bytes, in hexadecimal; or AWS's own name of the delivery. */
  readonly digest: string;
}

/** AWS's own knowledge of the lines of each month: what it can deliver. */
export interface CostSource {
  /** The months there are lines of, oldest first. */
  periods(now: Date): Promise<Period[]>;
  /** Writes what was known of the month at `upTo` as Parquet files into `directory`. Same names each time. */
  write(period: Period, upTo: Date, directory: string): Promise<ReportFile[]>;
}
