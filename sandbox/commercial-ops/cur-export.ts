import { existsSync, openSync, readSync, closeSync } from 'node:fs';
import { digits, EXACT, REPORT_COLUMN_NAMES, REPORT_COLUMNS, type ReportColumn } from './cost-columns.ts';
import { refuseUnkeepable } from './cur-export-checks.ts';
import { mapColumns } from './cur-export-columns.ts';
import { identifier, text } from '../../emulator/aws/sql-text.ts';
import type { Duck } from './duck.ts';

/** What became of a real report: everything that was in it is either kept or counted here. */
export interface CurExport {
  readonly file: string;
  readonly format: 'csv' | 'parquet';
  readonly lines: number;
  /** Sum of the unblended costs, to the last decimal. */
  readonly total: string;
  readonly periods: readonly { readonly period: string; readonly lines: number; readonly total: string }[];
  readonly lineTypes: readonly { readonly type: string; readonly lines: number; readonly total: string }[];
  readonly mapped: readonly { readonly ours: string; readonly theirs: string }[];
  /** Columns of ours that are not in the file: NULL in every line. */
  readonly absent: readonly string[];
  /** Columns of the file that are not kept, and how many of their values were not empty. */
  readonly notKept: readonly { readonly column: string; readonly values: number }[];
  /** Mapped columns with empty values, and in how many lines. */
  readonly empty: readonly { readonly column: string; readonly lines: number }[];
  /** End of the newest `Usage` line, ISO 8601. */
  readonly newestUsageEnd: string;
  /** What a reader of the figures should know. */
  readonly notes: readonly string[];
}

/**
 * Reads a real Cost and Usage Report (CSV, gzipped or not, or Parquet) and writes its lines with our columns, and
 * their numbers as `line`, to the Parquet file `target`.
 * @throws when a value could only be kept rounded, a line has no period, or there is no `Usage` line
 */
export async function readCurExport(duck: Duck, file: string, target: string): Promise<CurExport> {
  const { format, from } = reader(file);
  const columns = await duck.rows<{ column_name: string; column_type: string }>(
    `describe select * from ${from}`,
  );
  const { mapped, absent, others } = mapColumns(columns.map(({ column_name }) => column_name));
  const theirs = new Map(mapped.map(({ ours, theirs }) => [ours, theirs]));

  const asText = REPORT_COLUMN_NAMES.map((column) => {
    const name = theirs.get(column);
    return name === undefined ? `cast(null as varchar) as ${column}` : `${valueOf(name)} as ${column}`;
  });
  await duck.run(
    `create or replace table cur_export as select row_number() over () as line, ${asText.join(', ')} from ${from}`,
  );
  try {
    await refuseUnkeepable(
      duck,
      'cur_export',
      mapped.map(({ ours }) => ours),
    );
    const typed = REPORT_COLUMN_NAMES.map((column) => `${convert(column)} as ${column}`).join(', ');
    await duck.run(
      `copy (select line, ${typed} from cur_export order by line) to ${text(target)} (format parquet)`,
    );
    const figures = await figuresOf(
      duck,
      `read_parquet(${text(target)})`,
      mapped.map(({ ours }) => ours),
    );
    return {
      file,
      format,
      ...figures,
      mapped,
      absent,
      notKept: await countOthers(duck, from, others),
      notes: notesOn(columns, theirs),
    };
  } finally {
    await duck.run('drop table cur_export');
  }
}

/** By the first bytes: the names of exports say little. */
function reader(file: string): { format: 'csv' | 'parquet'; from: string } {
  if (!existsSync(file))
    throw new Error(`there is no file ${file}; --cur wants a Cost and Usage Report as CSV or Parquet`);
  const head = Buffer.alloc(4);
  const handle = openSync(file, 'r');
  readSync(handle, head, 0, 4, 0);
  closeSync(handle);
  if (head.toString('latin1') === 'PAR1') return { format: 'parquet', from: `read_parquet(${text(file)})` };
  const compression = head[0] === 0x1f && head[1] === 0x8b ? 'gzip' : 'none';
  return {
    format: 'csv',
    from:
      `read_csv(${text(file)}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', ` +
      `compression = '${compression}')`,
  };
}

/** Empty is NULL, as in AWS's own Parquet. A double is taken by its shortest decimal form. */
const valueOf = (column: string) => `nullif(trim(cast(${identifier(column)} as varchar)), '')`;

function convert(column: ReportColumn): string {
  const type = REPORT_COLUMNS[column];
  return type === 'TIMESTAMP'
    ? `cast(${column} as timestamptz) at time zone 'UTC'`
    : `cast(${column} as ${type})`;
}

async function countOthers(duck: Duck, from: string, others: readonly string[]) {
  if (others.length === 0) return [];
  const counts = others.map((column, i) => `count(${valueOf(column)}) as c${i}`).join(', ');
  const [row] = await duck.rows(`select ${counts} from ${from}`);
  return others.map((column, i) => ({ column, values: Number(row?.[`c${i}`] ?? 0) }));
}

async function figuresOf(duck: Duck, lines: string, mapped: readonly ReportColumn[]) {
  const sum = `${digits(`coalesce(sum(line_item_unblended_cost), cast(0 as ${EXACT}))`)} as total`;
  const by = async (expression: string) =>
    duck.rows<{ what: string | null; lines: string; total: string }>(
      `select ${expression} as what, count(*) as lines, ${sum} from ${lines} group by 1 order by 1`,
    );
  const [all] = await duck.rows<{ lines: string; total: string; newest: string | null }>(
    `select count(*) as lines, ${sum}, strftime(max(line_item_usage_end_date) filter (where line_item_line_item_type = 'Usage'),
       '%Y-%m-%dT%H:%M:%SZ') as newest from ${lines}`,
  );
  if (all?.newest == null) {
    throw new Error(
      'the report has no line of type Usage; its freshness, and so the time it is from, is unknown',
    );
  }
  const counted = mapped.map((column) => `count(*) - count(${column}) as ${column}`).join(', ');
  const [empty] = await duck.rows(`select ${counted} from ${lines}`);
  return {
    lines: Number(all.lines),
    total: all.total,
    newestUsageEnd: all.newest,
    periods: (await by(`strftime(bill_billing_period_start_date, '%Y-%m')`)).map(
      ({ what, lines, total }) => ({
        period: what ?? '',
        lines: Number(lines),
        total,
      }),
    ),
    lineTypes: (await by('line_item_line_item_type')).map(({ what, lines, total }) => ({
      type: what ?? '(none)',
      lines: Number(lines),
      total,
    })),
    empty: Object.entries(empty ?? {})
      .map(([column, lines]) => ({ column, lines: Number(lines) }))
      .filter(({ lines }) => lines > 0),
  };
}

function notesOn(
  columns: readonly { column_name: string; column_type: string }[],
  theirs: ReadonlyMap<ReportColumn, string>,
): string[] {
  const types = new Map(columns.map(({ column_name, column_type }) => [column_name, column_type]));
  return [...theirs]
    .filter(
      ([ours, name]) => REPORT_COLUMNS[ours] === EXACT && ['DOUBLE', 'FLOAT'].includes(types.get(name) ?? ''),
    )
    .map(([, name]) => `${name} holds binary floats; each was taken by its shortest decimal form`);
}
