import { REPORT_COLUMN_NAMES, type ReportColumn } from './cost-columns.ts';

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

export interface ColumnMapping {
  /** Our column, and the file's column that it is taken from. */
  readonly mapped: readonly { readonly ours: ReportColumn; readonly theirs: string }[];
  /** Columns of ours that the file doesn't have: they stay NULL. */
  readonly absent: readonly ReportColumn[];
  /** Columns of the file that we have no place for. */
  readonly others: readonly string[];
}

/** `lineItem/UnblendedCost` and `resourceTags/user:TenantId` as Athena writes them: snake case, underscores. */
export const athenaName = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();

/** @throws when a needed column is missing, or two columns claim the same place */
export function mapColumns(theirs: readonly string[]): ColumnMapping {
  const found = new Map<ReportColumn, string>();
  const others: string[] = [];
  for (const name of theirs) {
    const ours = ourColumn(name);
    const rival = ours && found.get(ours);
    if (rival !== undefined) {
      throw new Error(`columns "${rival}" and "${name}" of the report both mean ${ours}; remove one of them`);
    }
    if (ours) found.set(ours, name);
    else others.push(name);
  }
  const missing = NEEDED.filter((column) => !found.has(column));
  if (missing.length > 0) {
    throw new Error(
      `the report has no column for ${missing.join(', ')}. Wanted: a Cost and Usage Report as CSV or Parquet, its columns ` +
        `named like lineItem/UnblendedCost or line_item_unblended_cost. Got: ${theirs.slice(0, 12).join(', ')}${theirs.length > 12 ? ', …' : ''}`,
    );
  }
  return {
    mapped: [...found].map(([ours, theirs]) => ({ ours, theirs })),
    absent: REPORT_COLUMN_NAMES.filter((column) => !found.has(column)),
    others,
  };
}

function ourColumn(name: string): ReportColumn | undefined {
  const normal = athenaName(name);
  return ALIASES[normal] ?? REPORT_COLUMN_NAMES.find((column) => column === normal);
}
