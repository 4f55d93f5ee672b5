import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { randomUUID } from 'node:crypto';
import { to as copyTo } from 'pg-copy-streams';
import { text } from '../../emulator/aws/sql-text.ts';
import { COST_COLUMN_NAMES, COST_COLUMNS } from './cost-columns.ts';
import type { IngestionTools } from './jobs/cur-ingest.ts';
import { startOf, type Period } from './period.ts';

/**
 * Makes Athena's copy of a month what the ledger's is, or would be after the statements: these are rolled back.
 * So faults that AWS itself has delivered are in both copies, and others in Athena's alone.
 */
export async function copyToAthena(
  { pool, duck, warehouse, directory }: IngestionTools,
  period: Period,
  statements: readonly string[] = [],
): Promise<void> {
  const scratch = mkdtempSync(join(directory, 'as-ledger-'));
  const [lines, path] = [join(scratch, 'lines.csv'), join(scratch, 'lines.parquet')];
  const client = await pool.connect();
  try {
    await client.query('begin');
    for (const statement of statements) await client.query(statement);
    const month = `bill_billing_period_start_date = '${startOf(period).toISOString()}'`;
    const rows = `select ${COST_COLUMN_NAMES.join(', ')} from fact_cost_raw where ${month}`;
    await pipeline(client.query(copyTo(`copy (${rows}) to stdout (format csv)`)), createWriteStream(lines));
    const names = COST_COLUMN_NAMES.map((name) => `${text(name)}: 'VARCHAR'`).join(', ');
    const values = Object.entries(COST_COLUMNS).map(([name, type]) =>
      type === 'TIMESTAMP'
        ? `cast(cast(${name} as timestamptz) as timestamp) as ${name}`
        : `cast(${name} as ${type}) as ${name}`,
    );
    await duck.run(
      `copy (select ${values.join(', ')} from read_csv(${text(lines)}, auto_detect = false, delim = ',', quote = '"', escape = '"', header = false, nullstr = '', allow_quoted_nulls = false, columns = {${names}}))
       to ${text(path)} (format parquet)`,
    );
    await warehouse.hold(period, [path], `as-ledger-${randomUUID()}`);
  } finally {
    await client.query('rollback');
    client.release();
    rmSync(scratch, { recursive: true, force: true });
  }
}
