import type { Report, ReportFile } from './contracts.ts';
import { COST_COLUMNS, REPORT_COLUMN_NAMES } from './cost-columns.ts';
import { list, text } from '../../emulator/aws/sql-text.ts';
import { moment, type Duck } from './duck.ts';
import { startOf } from './period.ts';

export interface Loading {
  /** Becomes `ingested_at`. */
  readonly at: Date;
  /** Becomes `source_digest`. */
  readonly digest: string;
}

/**
 * SQL for the lines of one file of a report, with where they came from: what both copies of `fact_cost_raw` are
 * loaded from, so that they can't differ. The columns come in the order of `COST_COLUMNS`.
 * @param write how a value of that type is written
 */
export function linesOf(
  { name, path }: ReportFile,
  { at, digest }: Loading,
  write: (value: string, type: string) => string = (value, type) => `cast(${value} as ${type})`,
): string {
  const values: Record<string, string> = {
    ...Object.fromEntries(REPORT_COLUMN_NAMES.map((column) => [column, column])),
    source_file: text(name),
    source_row: 'file_row_number',
    ingested_at: moment(at),
    source_digest: text(digest),
  };
  const columns = Object.entries(COST_COLUMNS).map(
    ([column, type]) => `${write(values[column] ?? 'null', type)} as ${column}`,
  );
  return `select ${columns.join(', ')} from read_parquet(${text(path)}, file_row_number = true)`;
}

/**
 * A line of another month would survive the next replacement of its month, and be counted twice from then on.
 * @throws when the report holds one
 */
export async function refuseOtherPeriods(duck: Duck, { period, files }: Report): Promise<void> {
  if (files.length === 0) return;
  const [other] = await duck.rows<{ starts: string; lines: string }>(
    `select bill_billing_period_start_date as starts, count(*) as lines
     from read_parquet(${list(files.map(({ path }) => path))})
     where bill_billing_period_start_date is distinct from ${moment(startOf(period))} group by 1 limit 1`,
  );
  if (!other) return;
  throw new Error(
    `the delivery of ${period} holds ${other.lines} lines of the billing period that starts ${other.starts}; ` +
      `a delivery holds one period only. Nothing was loaded`,
  );
}
