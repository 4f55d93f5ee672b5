import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Report } from './contracts.ts';
import { COST_COLUMN_NAMES, digits, EXACT } from './cost-columns.ts';
import { linesOf, type Loading } from './cost-query.ts';
import { text } from '../../emulator/aws/sql-text.ts';
import type { Duck } from './duck.ts';
import { startOf } from './period.ts';

/** Timestamps with their zone, decimals with the digits that AWS sent and no more. */
const forLedger = (value: string, type: string): string => {
  if (type === 'TIMESTAMP') return `cast(${value} as varchar) || 'Z'`;
  return type === EXACT ? digits(value) : value;
};

/**
 * Replaces a month in the ledger's copy of the costs, within the caller's transaction.
 * @returns how many lines the month has now
 */
export async function replaceLedgerCosts(
  client: PoolClient,
  { duck, directory, report, loading }: { duck: Duck; directory: string; report: Report; loading: Loading },
): Promise<number> {
  const scratch = mkdtempSync(join(directory, 'ledger-'));
  try {
    await client.query('delete from fact_cost_raw where bill_billing_period_start_date = $1::timestamptz', [
      startOf(report.period).toISOString(),
    ]);
    let lines = 0;
    for (const file of report.files) {
      const path = join(scratch, 'lines.csv');
      await duck.run(
        `copy (${linesOf(file, loading, forLedger)}) to ${text(path)} (format csv, header false)`,
      );
      const copy = client.query(
        copyFrom(`copy fact_cost_raw (${COST_COLUMN_NAMES.join(', ')}) from stdin (format csv)`),
      );
      await pipeline(createReadStream(path), copy);
      lines += copy.rowCount;
    }
    return lines;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
