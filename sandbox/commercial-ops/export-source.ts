import { join } from 'node:path';
import type { CostSource, ReportFile } from './contracts.ts';
import { REPORT_COLUMN_NAMES } from './cost-columns.ts';
import { text } from '../../emulator/aws/sql-text.ts';
import { moment, type Duck } from './duck.ts';
import { startOf, type Period } from './period.ts';

/** Two, so that a delivery can be incomplete. */
const FILES = 2;

/** The lines of a real report, as AWS would have delivered them bit by bit. */
export class ExportSource implements CostSource {
  private readonly duck: Duck;
  private readonly path: string;
  private readonly newestUsageEnd: Date;

  /** @param path what `readCurExport` wrote */
  constructor(duck: Duck, { path, newestUsageEnd }: { path: string; newestUsageEnd: Date }) {
    this.duck = duck;
    this.path = path;
    this.newestUsageEnd = newestUsageEnd;
  }

  async periods(): Promise<Period[]> {
    const rows = await this.duck.rows<{ period: string }>(
      `select distinct strftime(bill_billing_period_start_date, '%Y-%m') as period from ${this.lines} order by 1`,
    );
    return rows.map(({ period }) => period);
  }

  async write(period: Period, upTo: Date, directory: string): Promise<ReportFile[]> {
    const ofPeriod = `bill_billing_period_start_date = ${moment(startOf(period))} and ${this.known(upTo)}`;
    const [found] = await this.duck.rows<{ lines: string; last: string }>(
      `select count(*) as lines, max(line) as last from ${this.lines} where ${ofPeriod}`,
    );
    if (!found || Number(found.lines) === 0) return [];
    const size = Math.ceil(Number(found.last) / FILES);
    const files: ReportFile[] = [];
    for (let i = 0; i < FILES; i++) {
      const name = `commercial-ops-cur-${String(i + 1).padStart(5, '0')}.snappy.parquet`;
      const path = join(directory, name);
      const some = `${ofPeriod} and line > ${i * size} and line <= ${(i + 1) * size}`;
      await this.duck.run(
        `copy (select ${REPORT_COLUMN_NAMES.join(', ')} from ${this.lines} where ${some} order by line)
         to ${text(path)} (format parquet)`,
      );
      files.push({ name, path });
    }
    return files;
  }

  private get lines(): string {
    return `read_parquet(${text(this.path)})`;
  }

  /**
   * Usage is known once it is over; what spans the month (taxes, fees) from its start. From the newest usage on
   * the whole file is known, so that no odd line is left out of its total.
   */
  private known(upTo: Date): string {
    if (upTo >= this.newestUsageEnd) return 'true';
    const at = moment(upTo);
    return `case when line_item_line_item_type = 'Usage' then line_item_usage_end_date <= ${at}
                 else coalesce(line_item_usage_start_date, bill_billing_period_start_date) <= ${at} end`;
  }
}
