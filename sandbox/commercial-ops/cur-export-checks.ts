import { REPORT_COLUMNS, EXACT, type ReportColumn } from './cost-columns.ts';
import { READ_TOO, type ReadColumn } from './cur-export-columns.ts';
import { asMap, TAG_COLUMNS, TAG_MAPS, valuesOf } from './cur-tags.ts';
import { ReportRefused } from './report-file.ts';
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
 * Refuses a report that could not be kept as it is: the table `raw` has the columns that are read as text, and `line`.
 * @throws ReportRefused naming the first line at fault, its value, and what to do
 */
export async function refuseUnkeepable(
  duck: Duck,
  raw: string,
  columns: readonly ReadColumn[],
): Promise<void> {
  const refuse = async (column: ReadColumn, fault: string, words: string): Promise<void> => {
    const [found] = await duck.rows<{ line: string; value: string }>(
      `select line, ${column} as value from ${raw} where ${column} is not null and ${fault} order by line limit 1`,
    );
    if (found)
      throw new ReportRefused(
        `${column} "${shown(found.value)}" in line ${found.line} of the report ${words}`,
      );
  };
  for (const column of columns) {
    const type = { ...REPORT_COLUMNS, ...READ_TOO }[column];
    if (type === EXACT) {
      await refuse(
        column,
        `not regexp_matches(${column}, ${text(NUMBER)})`,
        'is no number. Wanted e.g. 1.25 or 8e-7: no currency sign, no comma; correct it, or export again',
      );
      await refuse(
        column,
        tooLong(column),
        `has more digits than ${EXACT} keeps (${BEFORE} before the point, ${AFTER} after it); it would be rounded. ` +
          `Export it as AWS delivers it`,
      );
    } else if (type === 'TIMESTAMP') {
      await refuse(
        column,
        `try_cast(${column} as timestamptz) is null`,
        'is no time. Wanted e.g. 2025-09-01T00:00:00Z; correct it, or export again',
      );
    }
  }
  await refuseWithoutPeriod(duck, raw);
  for (const [column, fault, words] of TIMES) {
    if (columns.includes(column)) await refuse(column, fault, words);
  }
  await refuse(
    'bill_billing_period_start_date',
    `${START} > (select max(${at('line_item_usage_end_date')}) filter (where ${isUsage}) + interval 1 day from ${raw})`,
    'is of a month after the newest usage, which says what time it is in the sandbox. Leave that month out',
  );
  await refuse(
    'line_item_currency_code',
    `upper(line_item_currency_code) <> 'USD'`,
    'is another currency than USD. Commercial-Ops keeps US dollars, and adds up no others: give a report in USD alone',
  );
  for (const map of TAG_MAPS) {
    await refuse(
      map,
      `${asMap(map)} is null`,
      'is no JSON object of tags. Wanted e.g. {"user_tenant_id": "TEN-00123"}, each key once; export again',
    );
  }
  await refuseTwoTags(duck, raw);
}

const at = (column: ReportColumn): string => `try_cast(${column} as timestamptz) at time zone 'UTC'`;
const START = at('bill_billing_period_start_date');
const isUsage = `line_item_line_item_type = 'Usage'`;
const ofUsage =
  'is outside the billing month of its line, which is of type Usage. Months are AWS’s, in UTC: ' +
  'export the report without conversion, or move the line to the report of its month';

/** Clocks, certificates and rules are sound in these years. */
const [FIRST_YEAR, LAST_YEAR] = [2010, 2098];

/** What is wrong with times that are times. */
const TIMES: readonly (readonly [ReportColumn, string, string])[] = [
  [
    'bill_billing_period_start_date',
    `${START} <> date_trunc('month', ${START})`,
    'does not begin a month: AWS’s billing months begin on their first day at 00:00 UTC. ' +
      'Export the report without conversion to local time',
  ],
  [
    'bill_billing_period_start_date',
    `year(${START}) not between ${FIRST_YEAR} and ${LAST_YEAR}`,
    `is of no year between ${FIRST_YEAR} and ${LAST_YEAR}; correct it, or export again`,
  ],
  [
    'line_item_usage_end_date',
    `${isUsage} and (${at('line_item_usage_end_date')} > ${START} + interval 1 month or ${at('line_item_usage_end_date')} < ${START})`,
    ofUsage,
  ],
  [
    'line_item_usage_start_date',
    `${isUsage} and (${at('line_item_usage_start_date')} < ${START} or ${at('line_item_usage_start_date')} > ${START} + interval 1 month)`,
    ofUsage,
  ],
  [
    'line_item_usage_start_date',
    `${isUsage} and ${at('line_item_usage_start_date')} > ${at('line_item_usage_end_date')}`,
    'is after the end of its usage; correct it, or export again',
  ],
];

async function refuseWithoutPeriod(duck: Duck, raw: string): Promise<void> {
  const [lost] = await duck.rows<{ lines: string; first: string }>(
    `select count(*) as lines, min(line) as first from ${raw} where bill_billing_period_start_date is null having count(*) > 0`,
  );
  if (!lost) return;
  throw new ReportRefused(
    `${lost.lines} lines of the report say no billing period (the first is line ${lost.first}); a line belongs to one. ` +
      `Remove totals and footers, or export again`,
  );
}

/** A line of two tenants is nobody's to allocate. */
async function refuseTwoTags(duck: Duck, raw: string): Promise<void> {
  for (const tag of TAG_COLUMNS) {
    const values = valuesOf(tag, TAG_MAPS);
    const [found] = await duck.rows<{ line: string; values: string }>(
      `select line, array_to_string(${values}, '", "') as values from ${raw} where len(${values}) > 1 order by line limit 1`,
    );
    if (!found) continue;
    throw new ReportRefused(
      `line ${found.line} of the report has several values for ${tag}: "${found.values}"; ` +
        `its own column and its tags must agree. Remove one of them`,
    );
  }
}

const shown = (value: string): string => (value.length > 200 ? `${value.slice(0, 200)}…` : value);
