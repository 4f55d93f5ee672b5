import { rmSync } from 'node:fs';
import { digits, EXACT, REPORT_COLUMN_NAMES, REPORT_COLUMNS, type ReportColumn } from './cost-columns.ts';
import { refuseUnkeepable } from './cur-export-checks.ts';
import { isTag, TAG_COLUMNS, TAG_MAPS, tagOf } from './cur-tags.ts';
import { readCsv } from './cur-csv.ts';
import {
  mapColumns,
  READ_COLUMN_NAMES,
  READ_TOO,
  type ColumnMapping,
  type ReadColumn,
} from './cur-export-columns.ts';
import { formatOf, ReportRefused } from './report-file.ts';
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
  /** Sum of the costs net of discounts, where the report has them. */
  readonly netTotal?: string;
  /** Lines that say which IAM principal caused them, and how many principals that are, where the report says so. */
  readonly principals?: { readonly lines: number; readonly distinct: number };
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
 * their place in the file as `line`, to the Parquet file `target`. Each record of the file becomes a line: both are
 * counted, by readers that know nothing of each other.
 * @throws ReportRefused when the file is no such report, or holds something that could not be kept as it is: with its
 * line, the value and what to do
 */
export async function readCurExport(duck: Duck, file: string, target: string): Promise<CurExport> {
  const format = formatOf(file);
  const plain = `${target}.csv`;
  try {
    const source = await (format === 'parquet' ? parquetSource(duck, file) : csvSource(file, format, plain));
    return {
      file,
      format: format === 'parquet' ? 'parquet' : 'csv',
      ...(await kept(duck, file, source, target)),
    };
  } finally {
    await duck.run('drop table if exists cur_export');
    rmSync(plain, { force: true });
  }
}

async function kept(
  duck: Duck,
  file: string,
  source: Source,
  target: string,
): Promise<Omit<CurExport, 'file' | 'format'>> {
  const { mapping, from, records, line } = source;
  const theirs = new Map(mapping.read.map(({ ours }, i) => [ours, source.column(i)]));
  const asText = READ_COLUMN_NAMES.map((column) => {
    const name = theirs.get(column);
    return name === undefined ? `cast(null as varchar) as ${column}` : `${textOf(name)} as ${column}`;
  });
  await understood(file, async () => {
    await duck.run(
      `create or replace table cur_export as select ${line} as line, ${asText.join(', ')} from ${from}`,
    );
  });
  await refuseUnkeepable(
    duck,
    'cur_export',
    mapping.read.map(({ ours }) => ours),
  );
  const typed = REPORT_COLUMN_NAMES.map((column) => `${convert(column, theirs)} as ${column}`).join(', ');
  await duck.run(
    `copy (select line, ${typed} from cur_export order by line) to ${text(target)} (format parquet)`,
  );
  const mapped = mappedBy(mapping);
  const figures = await figuresOf(
    duck,
    `read_parquet(${text(target)})`,
    mapped.map(({ ours }) => ours),
  );
  if (figures.lines !== records) {
    throw new ReportRefused(
      `${file} has ${records} records, and ${figures.lines} of them were read: it can't be used, for costs would be missing`,
    );
  }
  return {
    ...figures,
    ...(await readToo(duck, theirs)),
    mapped,
    absent: mapping.absent.filter((column) => !mapped.some(({ ours }) => ours === column)),
    notKept: await source.notKept(),
    notes: source.notes,
  };
}

/** What both formats give. */
interface Source {
  readonly mapping: ColumnMapping;
  /** SQL: what is read, and the number of its line or row in the file. */
  readonly from: string;
  readonly line: string;
  /** In the file, counted by something else than `from`. */
  readonly records: number;
  /** SQL: the value of the column that was mapped as number `i`. */
  column(i: number): string;
  notKept(): Promise<CurExport['notKept']>;
  readonly notes: readonly string[];
}

async function csvSource(file: string, format: 'csv' | 'gzip', plain: string): Promise<Source> {
  const { mapping, records, values, notes } = await readCsv(file, format, plain);
  const columns = ['line', ...mapping.read.map((_, i) => `c${i}`)].map((name) => `'${name}': 'VARCHAR'`);
  return {
    mapping,
    records,
    notes,
    line: 'cast(line as bigint)',
    from:
      `read_csv(${text(plain)}, auto_detect = false, header = false, skip = 0, delim = ',', quote = '"', escape = '"', ` +
      `new_line = '\\n', compression = 'none', parallel = false, max_line_size = 16000000, columns = {${columns.join(', ')}})`,
    column: (i) => `c${i}`,
    notKept: async () =>
      mapping.others.map(({ theirs, at }) => ({ column: theirs, values: values.get(at) ?? 0 })),
  };
}

async function parquetSource(duck: Duck, file: string): Promise<Source> {
  return understood(file, async () => {
    // As the file has them: DuckDB would rename the second of two that are equal.
    const schema = await duck.rows<{ name: string; num_children: string | null }>(
      `select name, num_children from parquet_schema(${text(file)})`,
    );
    const mapping = mapColumns(topLevel(schema));
    const rows = `read_parquet(${text(file)}, file_row_number = true)`;
    const described = await duck.rows<{ column_name: string; column_type: string }>(
      `describe select * from ${rows}`,
    );
    const column = (at: number): string => identifier(described[at]?.column_name ?? '');
    const typeOf = (at: number): string => described[at]?.column_type ?? '';
    const [counted] = await duck.rows<{ records: string }>(
      `select sum(num_rows) as records from parquet_file_metadata(${text(file)})`,
    );
    const isNested = (at: number): boolean => /^(MAP|STRUCT)/.test(typeOf(at));
    return {
      mapping,
      from: rows,
      line: 'file_row_number + 1',
      records: Number(counted?.records ?? 0),
      column: (i) => {
        const at = mapping.read[i]?.at ?? 0;
        return isNested(at) ? `to_json(${column(at)})` : column(at);
      },
      notKept: async () => {
        if (mapping.others.length === 0) return [];
        const counts = mapping.others.map(({ at }, i) => `count(${textOf(column(at))}) as c${i}`);
        const [row] = await duck.rows(`select ${counts.join(', ')} from ${rows}`);
        return mapping.others.map(({ theirs }, i) => ({
          column: theirs,
          values: Number(row?.[`c${i}`] ?? 0),
        }));
      },
      notes: mapping.read
        .filter(({ ours, at }) => typeIn(ours) === EXACT && ['DOUBLE', 'FLOAT'].includes(typeOf(at)))
        .map(({ theirs }) => `${theirs} holds binary floats; each was taken by its shortest decimal form`),
    };
  });
}

/** The names of the columns themselves, without what is nested in them. */
function topLevel(schema: readonly { name: string; num_children: string | null }[]): string[] {
  const names: string[] = [];
  let at = 1;
  const pass = (): void => {
    const children = Number(schema[at]?.num_children ?? 0);
    at++;
    for (let i = 0; i < children; i++) pass();
  };
  while (at < schema.length) {
    names.push(schema[at]?.name ?? '');
    pass();
  }
  return names;
}

/** What the reader of the file has to say helps nobody who only has a report. @throws ReportRefused */
async function understood<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ReportRefused) throw error;
    throw new ReportRefused(
      `${file} can't be read: it is damaged; copy it again, or export the report again`,
      {
        cause: error,
      },
    );
  }
}

const typeIn = (column: ReadColumn): string => ({ ...REPORT_COLUMNS, ...READ_TOO })[column];

/** Empty is NULL, as in AWS's own Parquet. A double is taken by its shortest decimal form. */
const textOf = (column: string) => `nullif(trim(cast(${column} as varchar)), '')`;

/** Our columns, with the map that a tag was taken from. */
function mappedBy({ read }: ColumnMapping): { ours: ReportColumn; theirs: string }[] {
  const own = read.flatMap(({ ours, theirs }) => (isOurs(ours) ? [{ ours, theirs }] : []));
  const maps = read.filter(({ ours }) => TAG_MAPS.some((map) => map === ours)).map(({ theirs }) => theirs);
  const taken = TAG_COLUMNS.filter((tag) => maps.length > 0 && !own.some(({ ours }) => ours === tag));
  return [...own, ...taken.map((ours) => ({ ours, theirs: maps.join(', ') }))];
}

const isOurs = (column: ReadColumn): column is ReportColumn => column in REPORT_COLUMNS;

/** What is read, and kept nowhere but in what people are shown. */
async function readToo(
  duck: Duck,
  theirs: ReadonlyMap<ReadColumn, string>,
): Promise<Pick<CurExport, 'netTotal' | 'principals'>> {
  const net = theirs.has('line_item_net_unblended_cost');
  const principals = theirs.has('line_item_iam_principal');
  const [row] = await duck.rows<{ net: string | null; lines: string; principals: string }>(
    `select ${digits(`coalesce(sum(cast(line_item_net_unblended_cost as ${EXACT})), 0)`)} as net,
            count(line_item_iam_principal) as lines, count(distinct line_item_iam_principal) as principals from cur_export`,
  );
  return {
    ...(net && { netTotal: row?.net ?? '0' }),
    ...(principals && { principals: { lines: Number(row?.lines), distinct: Number(row?.principals) } }),
  };
}

function convert(column: ReportColumn, theirs: ReadonlyMap<ReadColumn, string>): string {
  if (isTag(column))
    return tagOf(
      column,
      TAG_MAPS.filter((map) => theirs.has(map)),
    );
  const type = REPORT_COLUMNS[column];
  return type === 'TIMESTAMP'
    ? `cast(${column} as timestamptz) at time zone 'UTC'`
    : `cast(${column} as ${type})`;
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
    throw new ReportRefused(
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
