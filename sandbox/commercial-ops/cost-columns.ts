/** The columns of a delivered report that Commercial-Ops keeps, in order, with their Parquet types. */
export const REPORT_COLUMNS = {
  identity_line_item_id: 'VARCHAR',
  line_item_time_interval: 'VARCHAR',
  line_item_line_item_type: 'VARCHAR',
  bill_billing_period_start_date: 'TIMESTAMP',
  bill_billing_period_end_date: 'TIMESTAMP',
  line_item_usage_start_date: 'TIMESTAMP',
  line_item_usage_end_date: 'TIMESTAMP',
  line_item_resource_id: 'VARCHAR',
  product_servicecode: 'VARCHAR',
  line_item_usage_type: 'VARCHAR',
  line_item_usage_amount: 'DECIMAL(38,18)',
  line_item_unblended_cost: 'DECIMAL(38,18)',
  resource_tags_user_tenant_id: 'VARCHAR',
  resource_tags_user_plan_id: 'VARCHAR',
} as const;
export type ReportColumn = keyof typeof REPORT_COLUMNS;
export const REPORT_COLUMN_NAMES = Object.keys(REPORT_COLUMNS) as ReportColumn[];

/** What the ingestion adds: where the line came from, and when. */
const INGESTED_COLUMNS = {
  source_file: 'VARCHAR',
  source_row: 'BIGINT',
  ingested_at: 'TIMESTAMP',
  source_digest: 'VARCHAR',
} as const;

/** `fact_cost_raw` as both engines hold it. */
export const COST_COLUMNS = { ...REPORT_COLUMNS, ...INGESTED_COLUMNS } as const;
export const COST_COLUMN_NAMES = Object.keys(COST_COLUMNS);

/**
 * 18 digits after the point, 20 before: AWS sends up to 15 or so. A line that needs more is refused, never rounded.
 */
export const EXACT = 'DECIMAL(38,18)';

/** SQL for a decimal without the zeros its type pads it with: the digits that AWS sent. */
export const digits = (decimal: string): string =>
  `regexp_replace(cast(${decimal} as varchar), '\\.?0+$', '')`;
