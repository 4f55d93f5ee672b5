/** Parquet files that share one value of the partition column. */
export interface AthenaPartition {
  readonly value: string;
  /** Their keys in the table's bucket. */
  readonly keys: readonly string[];
  readonly bytes: number;
}

/** One consistent state of a table. Its files stay on disk until `release` is called. */
export interface AthenaSnapshot {
  readonly partitions: readonly (AthenaPartition & { readonly paths: readonly string[] })[];
  release(): Promise<void>;
}

/** A table that Athena can query: the place of the Glue Data Catalog, and of the files behind it. */
export interface AthenaTable {
  readonly database: string;
  readonly name: string;
  /** Where its files lie: the caller of a query must be allowed to read there. */
  readonly bucket: string;
  readonly prefix: string;
  /** Whether Lake Formation governs it. */
  readonly lakeFormation?: boolean;
  /** Names and DuckDB types, in order, without the partition column. */
  readonly columns: Readonly<Record<string, string>>;
  /** A text, and the last column, as Hive has it. */
  readonly partitionColumn: string;
  /** What the table consists of now. */
  current(): readonly AthenaPartition[];
  open(): AthenaSnapshot;
}

/** Whether a statement may read the table: its name occurs in it. */
export const namesTable = (sql: string, { name }: AthenaTable): boolean =>
  new RegExp(`\\b${name}\\b`, 'i').test(sql);
