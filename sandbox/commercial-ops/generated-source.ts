import { join } from 'node:path';
import type { CostSource, ReportFile } from './contracts.ts';
import { text } from '../../emulator/aws/sql-text.ts';
import type { Duck } from './duck.ts';
import { MONTHLY_LINES, monthlyLines, usageLines } from './generated-lines.ts';
import { addMonths, periodOf, startOf, type Period } from './period.ts';

/** The month whose recovery the runbook prints. */
const RUNBOOK_PERIOD: Period = '2025-09';
/** A file of a delivery holds at most this many lines, so that no file needs more than some 50 MB of memory. */
const LINES_PER_FILE = 500_000;
/** Real reports come in several files; a delivery can then be incomplete. */
const LEAST_FILES = 3;

/** The month that is closed in a seeded sandbox: the runbook's, or the one before last if that is too recent. */
export function closedPeriod(now: Date): Period {
  const last = addMonths(periodOf(now), -1);
  return RUNBOOK_PERIOD < last ? RUNBOOK_PERIOD : addMonths(last, -1);
}

/** Made-up costs of three months: a closed one, last month, and the current one. */
export class GeneratedSource implements CostSource {
  private readonly duck: Duck;
  private readonly seed: number;
  private readonly lines: number;

  /**
   * @param lines over the three months, were the current one over: the part of it that lies ahead isn't
   *   delivered yet
   */
  constructor(duck: Duck, { seed, lines }: { seed: number; lines: number }) {
    if (!Number.isSafeInteger(lines) || lines < 3_000 || lines > 10_000_000) {
      throw new Error(`lines = ${lines} can't be seeded; wanted a whole number from 3000 to 10000000`);
    }
    this.duck = duck;
    this.seed = seed;
    this.lines = lines;
  }

  async periods(now: Date): Promise<Period[]> {
    const current = periodOf(now);
    return [closedPeriod(now), addMonths(current, -1), current];
  }

  async write(period: Period, upTo: Date, directory: string): Promise<ReportFile[]> {
    if (upTo <= startOf(period)) return [];
    const usage = Math.floor(this.lines / 3) - MONTHLY_LINES;
    const count = Math.max(LEAST_FILES, Math.ceil(usage / LINES_PER_FILE));
    const size = Math.ceil(usage / count);
    const files: ReportFile[] = [];
    for (let i = 0; i < count; i++) {
      const name = `commercial-ops-cur-${String(i + 1).padStart(5, '0')}.snappy.parquet`;
      const path = join(directory, name);
      const [from, to] = [i * size, Math.min(usage, (i + 1) * size)];
      const lines = usageLines({ seed: this.seed, period, count: usage, from, to, upTo });
      const sql = i === 0 ? `(${monthlyLines(this.seed, period)}) union all (${lines})` : lines;
      await this.duck.run(`copy (${sql}) to ${text(path)} (format parquet)`);
      files.push({ name, path });
    }
    return files;
  }
}
