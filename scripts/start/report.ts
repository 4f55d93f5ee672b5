import { moment } from '../../lambdas/domain/words.ts';
import { atEnd } from '../command/endings.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCurExport, type CurExport } from '../../sandbox/commercial-ops/cur-export.ts';
import { Duck } from '../../sandbox/commercial-ops/duck.ts';
import { periodOf, startOf } from '../../sandbox/commercial-ops/period.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

/** A real Cost and Usage Report, and the moment at which the sandbox's clock must stand for it to be current. */
export interface Report extends CurExport {
  readonly now: Date;
}

const DAY_MS = 86_400_000;

/** Reads the report once before the sandbox is there: its newest usage says what time it is. */
export async function readReport(file: string): Promise<Report> {
  const scratch = mkdtempSync(join(tmpdir(), 'responder-report-'));
  const clear = (): void => rmSync(scratch, { recursive: true, force: true });
  atEnd('the reading of the report', async () => clear());
  const duck = new Duck(join(scratch, 'duckdb'));
  try {
    const read = await readCurExport(duck, file, join(scratch, 'report.parquet'));
    return { ...read, now: clockFor(new Date(read.newestUsageEnd)) };
  } finally {
    duck.close();
    clear();
  }
}

/**
 * A day after the newest usage, so that the costs are fresh; and not before the month's third day: until then the costs
 * that are checked are the month's before, which the report may not have.
 */
export function clockFor(newestUsageEnd: Date): Date {
  const month = startOf(periodOf(new Date(newestUsageEnd.getTime() - 1)));
  return new Date(Math.max(newestUsageEnd.getTime() + DAY_MS, month.getTime() + 2 * DAY_MS));
}

/** Everything that was in the file: kept, or counted here. */
export function reportLines(report: CurExport & { now: Date }): string[] {
  const lines = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'line' : 'lines'}`;
  const values = report.notKept.reduce((sum, { values }) => sum + values, 0);
  return [
    `${report.file}: ${lines(report.lines)} (${report.format}), total ${report.total} USD`,
    ...report.periods.map(({ period, lines: n, total }) => `  ${period}: ${lines(n)}, ${total} USD`),
    ...report.lineTypes.map(({ type, lines: n, total }) => `  ${type}: ${lines(n)}, ${total} USD`),
    ...(report.netTotal === undefined ? [] : [`  net of discounts: ${report.netTotal} USD`]),
    ...(report.principals
      ? [`  caused by ${report.principals.distinct} IAM principals: ${lines(report.principals.lines)}`]
      : []),
    `  kept: ${report.mapped.length} columns; not kept: ${report.notKept.length} columns with ${values.toLocaleString('en')} values`,
    ...wrapped(
      report.notKept
        .filter(({ values }) => values > 0)
        .map(({ column, values }) => `${column} ${values.toLocaleString('en')}`),
    ).map((line) => `    ${line}`),
    ...(report.absent.length > 0 ? [`  not in the file, so empty: ${report.absent.join(', ')}`] : []),
    ...report.empty.map(({ column, lines: n }) => `  empty in ${lines(n)}: ${column}`),
    ...report.notes.map((note) => `  note: ${note}`),
    `  the sandbox's clock starts at ${moment(report.now)}, ${atMost(report)} after the newest usage`,
  ];
}

/** The file's total against both copies', to the last decimal. */
export function totalsOf(report: CurExport, sandbox: Sandbox): Promise<{ line: string; equal: boolean }[]> {
  return Promise.all(
    report.periods.map(async ({ period, total }) => {
      const { athena, ledger } = await sandbox.services.commercialOps.totals(period);
      const equal = athena.total === total && ledger.total === total;
      const figures = `file ${total}, Athena ${athena.total}, ledger ${ledger.total}`;
      return { line: `Total      ${period}: ${figures} ${equal ? '(equal)' : '(NOT EQUAL)'}`, equal };
    }),
  );
}

const atMost = ({ now, newestUsageEnd }: Report): string =>
  now.getTime() - Date.parse(newestUsageEnd) > DAY_MS ? 'less than two days' : 'a day';

const WIDTH = 120;

/** As many of the words in a line as it holds. */
function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 3 <= WIDTH)
      lines[lines.length - 1] = `${last} · ${word}`;
    else lines.push(word);
  }
  return lines;
}
