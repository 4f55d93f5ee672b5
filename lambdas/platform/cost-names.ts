import * as z from 'zod';

/** The table and the columns of costs as every statement of ours names them: those of a legacy report. */
export const COST_TABLE = 'fact_cost_raw';
const COLUMNS = [
  'bill_billing_period_start_date',
  'ingested_at',
  'line_item_line_item_type',
  'line_item_resource_id',
  'line_item_unblended_cost',
  'line_item_usage_end_date',
  'line_item_usage_type',
  'product_servicecode',
  'resource_tags_user_plan_id',
  'resource_tags_user_tenant_id',
  'source_digest',
] as const;
/** Of Athena's table: its partition. */
const PARTITION = 'period';

type Column = (typeof COLUMNS)[number] | typeof PARTITION;
type Names = Readonly<Partial<Record<Column, string>>>;
type Engine = 'ledger' | 'athena';

/** What a format calls them, where it differs. Tags are maps in Athena, and JSON in the ledger. */
const FORMATS: Readonly<Record<string, Readonly<Record<Engine, Names>>>> = {
  cur: { ledger: {}, athena: {} },
  'cur-2': {
    ledger: tags((key) => `resource_tags ->> 'user_${key}'`),
    athena: { period: 'billing_period', ...tags((key) => `element_at(resource_tags, 'user_${key}')`) },
  },
  focus: {
    ledger: { ...focus(), ...tags((key) => `tags ->> '${key}'`) },
    athena: { period: 'billing_period', ...focus(), ...tags((key) => `element_at(tags, '${key}')`) },
  },
};

function tags(of: (key: string) => string): Names {
  return { resource_tags_user_tenant_id: of('tenant_id'), resource_tags_user_plan_id: of('plan_id') };
}

function focus(): Names {
  return {
    bill_billing_period_start_date: 'billingperiodstart',
    line_item_line_item_type: 'chargecategory',
    line_item_resource_id: 'resourceid',
    line_item_unblended_cost: 'billedcost',
    line_item_usage_end_date: 'chargeperiodend',
    line_item_usage_type: 'x_usagetype',
    product_servicecode: 'x_servicecode',
  };
}

const Expression = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?!.*(;|--|\/\*)).*$/s, 'one SQL expression: no semicolon and no comment');

const tableOf = (columns: readonly [Column, ...Column[]]) =>
  z
    .strictObject({
      table: z
        .string()
        .regex(/^[a-z_]\w*$/, 'the name of a table in lower case, without a schema, e.g. "costs"')
        .default(COST_TABLE),
      columns: z.partialRecord(z.enum(columns), Expression).default({}),
    })
    .prefault({});

/** Table and columns of both copies of the costs. */
export const CostNames = z.strictObject({
  format: z.enum(['cur', 'cur-2', 'focus']).default('cur').describe('whose column names both copies have'),
  ledger: tableOf([...COLUMNS]),
  athena: tableOf([...COLUMNS, PARTITION]),
});
export type CostNames = z.infer<typeof CostNames>;

/** How the deployment names table and columns; undefined: as we do. */
function theirNames(costs: CostNames, engine: Engine): { table: string; names: Names } | undefined {
  const { table, columns } = costs[engine];
  const names: Names = { ...FORMATS[costs.format]?.[engine], ...columns };
  return table === COST_TABLE && Object.keys(names).length === 0 ? undefined : { table, names };
}

const FROM = new RegExp(`\\bfrom\\s+${COST_TABLE}\\b`, 'gi');

/**
 * The statement, on the table and the columns that the deployment has: ours stands for a subquery that names them as we do.
 * Engines fold it into the statement; only columns that the statement uses are read, so that a login needs no others.
 */
export function inTheirNames(sql: string, costs: CostNames, engine: Engine): string {
  const theirs = theirNames(costs, engine);
  if (theirs === undefined) return sql;
  const { table, names } = theirs;
  const all: readonly Column[] = engine === 'athena' ? [...COLUMNS, PARTITION] : COLUMNS;
  const used = all.filter((column) => new RegExp(`\\b${column}\\b`).test(sql));
  const selected = used.map((column) =>
    names[column] === undefined ? column : `${names[column]} as ${column}`,
  );
  // A count of all lines names no column.
  return sql.replaceAll(
    FROM,
    () => `from (select ${selected.join(', ') || '1 as line'} from ${table}) ${COST_TABLE}`,
  );
}

/** What a login must be granted to read what `fact_cost_raw (…)` says: expressions are known to the deployment alone. */
export function readsInTheirNames(reads: string, costs: CostNames): string {
  const their = theirNames(costs, 'ledger');
  const [, ours = ''] = new RegExp(`^${COST_TABLE} \\((.*)\\)$`).exec(reads) ?? [];
  if (ours === '' || their === undefined) return reads;
  const { table, names } = their;
  const theirs = ours.split(', ').map((column) => names[column as Column] ?? column);
  const isPlain = theirs.every((name) => /^\w+$/.test(name));
  return isPlain ? `${table} (${theirs.join(', ')})` : table;
}
