import { REPORT_COLUMNS, EXACT, type ReportColumn } from './cost-columns.ts';
import { text } from '../../emulator/aws/sql-text.ts';
import type { Duck } from './duck.ts';

/** Digits that DECIMAL(38,18) holds after and before its point. */
const [AFTER, BEFORE] = [18, 20];

/** SQL for a decimal's parts: digits without point and exponent, and how many of them stand behind the point. */
const mantissa = (value: string) => `regexp_replace(${value}, '[eE].*$', '')`;
const allDigits = (value: string) => `regexp_replace(${mantissa(value)}, '[^0-9]', '', 'g')`;
const behindPoint = (value: string) =>
  `(length(regexp_extract(${mantissa(value)}, '\\.([0-9]*)$', 1)) ` +
  `- coalesce(try_cast(regexp_extract(${value}, '[eE]([+-]?[0-9]+)$', 1) as bigint), 0))`;

/** True where the type would round the value, or has no room for it. */
const tooLong = (value: string) => `(
  ltrim(${allDigits(value)}, '0') <> '' and (
    ${behindPoint(value)} - (length(${allDigits(value)}) - length(rtrim(${allDigits(value)}, '0'))) > ${AFTER}
    or length(ltrim(${allDigits(value)}, '0')) - ${behindPoint(value)} > ${BEFORE}))`;

const NUMBER = '^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?$';

/**
 * Refuses a report that could not be kept as it is: the table `raw` has our columns as text, and `line`.
 * @throws naming the first line at fault and its value
 */
export async function refuseUnkeepable(
  duck: Duck,
  raw: string,
  columns: readonly ReportColumn[],
): Promise<void> {
  for (const column of columns) {
    const type = REPORT_COLUMNS[column];
    if (type === EXACT) {
      await refuse(duck, raw, column, `not regexp_matches(${column}, ${text(NUMBER)})`, 'is no number');
      await refuse(
        duck,
        raw,
        column,
        tooLong(column),
        `has more digits than ${EXACT} keeps (${BEFORE} before the point, ${AFTER} after it); it would be rounded`,
      );
    } else if (type === 'TIMESTAMP') {
      await refuse(
        duck,
        raw,
        column,
        `try_cast(${column} as timestamptz) is null`,
        'is no time, e.g. 2025-09-01T00:00:00Z',
      );
    }
  }
  const [lost] = await duck.rows<{ lines: string; first: string }>(
    `select count(*) as lines, min(line) as first from ${raw} where bill_billing_period_start_date is null having count(*) > 0`,
  );
  if (lost) {
    throw new Error(
      `${lost.lines} lines of the report say no billing period (the first is line ${lost.first}); a line belongs to one`,
    );
  }
}

async function refuse(duck: Duck, raw: string, column: string, fault: string, words: string): Promise<void> {
  const [found] = await duck.rows<{ line: string; value: string }>(
    `select line, ${column} as value from ${raw} where ${column} is not null and ${fault} order by line limit 1`,
  );
  if (found) throw new Error(`${column} "${found.value}" in line ${found.line} of the report ${words}`);
}
