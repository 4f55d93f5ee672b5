import { REPORT_COLUMN_NAMES, type ReportColumn } from './cost-columns.ts';
import { ReportRefused } from './report-file.ts';

/** Columns that Commercial-Ops calls otherwise than AWS does. */
const ALIASES: Readonly<Record<string, ReportColumn>> = {
  identity_time_interval: 'line_item_time_interval',
  product_service_code: 'product_servicecode',
};

/** Without these a file is no report that could be ingested. */
const NEEDED: readonly ReportColumn[] = [
  'line_item_line_item_type',
  'bill_billing_period_start_date',
  'line_item_usage_end_date',
  'line_item_unblended_cost',
];

/** Columns that are read and not kept as they are: tags in maps, the currency, and what newer reports add. */
export const READ_TOO = {
  resource_tags: 'VARCHAR',
  tags: 'VARCHAR',
  line_item_currency_code: 'VARCHAR',
  line_item_net_unblended_cost: 'DECIMAL(38,18)',
  line_item_iam_principal: 'VARCHAR',
} as const;
export type ReadColumn = ReportColumn | keyof typeof READ_TOO;
export const READ_COLUMN_NAMES = [...REPORT_COLUMN_NAMES, ...Object.keys(READ_TOO)] as ReadColumn[];

/** Of which two or more make a file a FOCUS export. */
const OF_FOCUS = ['billed_cost', 'effective_cost', 'charge_period_start', 'charge_category', 'list_cost'];

export interface ColumnMapping {
  /** What is read: our name, the file's, and which column of the file it is, from 0. */
  readonly read: readonly { readonly ours: ReadColumn; readonly theirs: string; readonly at: number }[];
  /** Columns of ours that the file doesn't have: they stay NULL. */
  readonly absent: readonly ReportColumn[];
  /** Columns of the file that we have no place for. */
  readonly others: readonly { readonly theirs: string; readonly at: number }[];
}

/** `lineItem/UnblendedCost` and `resourceTags/user:TenantId` as Athena writes them: snake case, underscores. */
export const athenaName = (name: string): string =>
  name
    .trim()
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();

/** Whether these are the names of a report's columns, and no values. */
export function isHeader(values: readonly string[]): boolean {
  if (!values.some((value) => ourColumn(value) === NEEDED[0])) return false;
  const names = new Set(values.map(ourColumn));
  return NEEDED.every((column) => names.has(column));
}

/** @param line of the header in a CSV. @throws ReportRefused when a needed column is missing, or two columns claim the same place */
export function mapColumns(theirs: readonly string[], line?: number): ColumnMapping {
  const found = new Map<ReadColumn, { theirs: string; at: number }>();
  const others: { theirs: string; at: number }[] = [];
  for (const [at, name] of theirs.entries()) {
    const ours = ourColumn(name);
    const rival = ours && found.get(ours);
    if (rival !== undefined) {
      throw new ReportRefused(
        `columns "${rival.theirs}" and "${name}" of the report both mean ${ours}; remove one of them. ` +
          `They are number ${rival.at + 1} and ${at + 1} in the header${line === undefined ? '' : `, line ${line}`}`,
      );
    }
    if (ours) found.set(ours, { theirs: name, at });
    if (!ours || ours in READ_TOO) others.push({ theirs: name, at });
  }
  const missing = NEEDED.filter((column) => !found.has(column));
  if (missing.length > 0) throw new ReportRefused(noReport(theirs, missing));
  return {
    read: [...found].map(([ours, place]) => ({ ours, ...place })),
    absent: REPORT_COLUMN_NAMES.filter((column) => !found.has(column)),
    others,
  };
}

function noReport(theirs: readonly string[], missing: readonly string[]): string {
  const names = theirs.map(athenaName);
  const [only = ''] = theirs;
  const why =
    OF_FOCUS.filter((name) => names.includes(name)).length > 1
      ? `this is a FOCUS export, whose columns are others: export a Cost and Usage Report (CUR or CUR 2.0) instead. `
      : theirs.length === 1 && /[;\t|]/.test(only)
        ? `its columns are not separated by commas: export it with commas. `
        : '';
  return (
    `${why}The report has no column for ${missing.join(', ')}. Wanted: a Cost and Usage Report as CSV or Parquet, its columns ` +
    `named like lineItem/UnblendedCost or line_item_unblended_cost. ` +
    `Got: ${theirs.slice(0, 12).join(', ').slice(0, 400)}${theirs.length > 12 ? ', …' : ''}`
  );
}

function ourColumn(name: string): ReadColumn | undefined {
  const normal = athenaName(name);
  return ALIASES[normal] ?? READ_COLUMN_NAMES.find((column) => column === normal);
}
