import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { AthenaPartition, AthenaSnapshot, AthenaTable } from '../../aws/athena-table.ts';
import type { S3 } from '../../aws/s3.ts';
import { text } from '../../aws/sql-text.ts';
import { scratchDir } from './scratch.ts';

/** Sales by month, in Parquet files on the emulator's S3. */
export class SalesTable implements AthenaTable {
  readonly database = 'shop';
  readonly name = 'sales';
  readonly bucket = 'warehouse';
  readonly prefix = 'sales';
  readonly columns = {
    id: 'BIGINT',
    sold_at: 'TIMESTAMP',
    product: 'VARCHAR',
    customer: 'VARCHAR',
    price: 'DECIMAL(38,18)',
  };
  readonly partitionColumn = 'month';
  /** Snapshots that nobody has released yet. */
  opened = 0;
  private readonly s3: S3;
  private readonly dir = scratchDir();
  private readonly months = new Map<string, AthenaPartition>();
  private files = 0;

  constructor(s3: S3) {
    this.s3 = s3;
  }

  /** Gives the month so many rows, in place of those that it had. The first row costs less than nothing. */
  async fill(month: string, rows: number): Promise<void> {
    const file = `${++this.files}.parquet`;
    const path = join(this.dir, file);
    const duck = await DuckDBInstance.create(':memory:');
    const connection = await duck.connect();
    await connection.run(`copy (
      select range + 1 as id, ${text(`${month}-01`)}::timestamp + range * interval 1 minute as sold_at, 'tea' as product,
        case when range > 0 then 'c-' || range end as customer,
        case when range = 0 then cast(-0.0000008 as decimal(38,18)) else cast(range as decimal(38,18)) * 0.01 end as price
      from range(${rows})) to ${text(path)} (format parquet)`);
    connection.closeSync();
    duck.closeSync();
    const body = readFileSync(path);
    const key = `${this.prefix}/month=${month}/${file}`;
    await this.s3.put(this.bucket, key, body);
    this.months.set(month, { value: month, keys: [key], bytes: body.length });
  }

  current(): AthenaPartition[] {
    return [...this.months.values()];
  }

  open(): AthenaSnapshot {
    this.opened++;
    return {
      partitions: this.current().map((month) => ({
        ...month,
        paths: month.keys.map((key) => this.s3.filePath(this.bucket, key)),
      })),
      release: async () => void this.opened--,
    };
  }
}
