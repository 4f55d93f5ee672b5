import type { Pool } from 'pg';
import { digits, EXACT } from './cost-columns.ts';
import { list } from '../../emulator/aws/sql-text.ts';
import { moment, type Duck } from './duck.ts';
import { startOf, type Period } from './period.ts';
import type { Warehouse } from './warehouse.ts';

/** How fresh one copy of the costs is. */
export interface Freshness {
  /** End of the newest `Usage` line that has ended, ISO 8601; null without any. */
  readonly newest: string | null;
  readonly days: number | null;
}

/** What one copy holds of a period; the total as an exact decimal. */
export interface Total {
  readonly lines: number;
  readonly total: string;
}

const SUM = `${digits(`coalesce(sum(line_item_unblended_cost), cast(0 as ${EXACT}))`)} as total`;

export async function ledgerFreshness(pool: Pool, now: Date): Promise<Freshness> {
  const { rows } = await pool.query<{ newest: Date | null }>(
    `select max(line_item_usage_end_date) as newest from fact_cost_raw
     where line_item_line_item_type = 'Usage' and line_item_usage_end_date <= $1::timestamptz`,
    [now.toISOString()],
  );
  return age(rows[0]?.newest ?? null, now);
}

export async function warehouseFreshness(duck: Duck, warehouse: Warehouse, now: Date): Promise<Freshness> {
  const newest = await withFiles(warehouse, undefined, null, async (files) => {
    const [row] = await duck.rows<{ newest: string | null }>(
      `select strftime(max(line_item_usage_end_date), '%Y-%m-%dT%H:%M:%SZ') as newest from ${files}
       where line_item_line_item_type = 'Usage' and line_item_usage_end_date <= ${moment(now)}`,
    );
    return row?.newest ? new Date(row.newest) : null;
  });
  return age(newest, now);
}

export async function ledgerTotal(pool: Pool, period: Period): Promise<Total> {
  const { rows } = await pool.query<{ lines: string; total: string }>(
    `select count(*) as lines, trim_scale(coalesce(sum(line_item_unblended_cost), 0))::text as total
     from fact_cost_raw where bill_billing_period_start_date = $1::timestamptz`,
    [startOf(period).toISOString()],
  );
  return { lines: Number(rows[0]?.lines), total: rows[0]?.total ?? '0' };
}

export async function warehouseTotal(duck: Duck, warehouse: Warehouse, period: Period): Promise<Total> {
  return withFiles(warehouse, period, NOTHING, (files) => totalOf(duck, files));
}

/** Of Parquet files of a report, as delivered. */
export async function filesTotal(duck: Duck, paths: readonly string[]): Promise<Total> {
  return paths.length === 0 ? NOTHING : totalOf(duck, `read_parquet(${list(paths)})`);
}

/** Lines of one kind in a copy of a month. */
export interface CostGroup extends Total {
  readonly service: string;
  readonly type: string;
  /** `''` without one. */
  readonly tenant: string;
}

const GROUPED = `
select coalesce(nullif(product_servicecode, ''), 'Unattributed') as service, line_item_line_item_type as type,
       coalesce(resource_tags_user_tenant_id, '') as tenant, count(*) as lines`;

export async function ledgerGroups(pool: Pool, period: Period): Promise<CostGroup[]> {
  const { rows } = await pool.query<CostGroup>(
    `${GROUPED}, trim_scale(coalesce(sum(line_item_unblended_cost), 0))::text as total
     from fact_cost_raw where bill_billing_period_start_date = $1::timestamptz group by 1, 2, 3`,
    [startOf(period).toISOString()],
  );
  return rows.map((row) => ({ ...row, lines: Number(row.lines) }));
}

export const warehouseGroups = (duck: Duck, warehouse: Warehouse, period: Period): Promise<CostGroup[]> =>
  withFiles(warehouse, period, [], async (files) => {
    const rows = await duck.rows<CostGroup>(`${GROUPED}, ${SUM} from ${files} group by 1, 2, 3`);
    return rows.map((row) => ({ ...row, lines: Number(row.lines) }));
  });

const NOTHING: Total = { lines: 0, total: '0' };

async function totalOf(duck: Duck, lines: string): Promise<Total> {
  const [row] = await duck.rows<{ lines: string; total: string }>(
    `select count(*) as lines, ${SUM} from ${lines}`,
  );
  return { lines: Number(row?.lines), total: row?.total ?? '0' };
}

async function withFiles<T>(
  warehouse: Warehouse,
  period: Period | undefined,
  none: T,
  work: (files: string) => Promise<T>,
): Promise<T> {
  const snapshot = warehouse.open();
  try {
    const paths = snapshot.partitions
      .filter((partition) => period === undefined || partition.value === period)
      .flatMap((partition) => partition.paths);
    return paths.length === 0 ? none : await work(`read_parquet(${list(paths)})`);
  } finally {
    await snapshot.release();
  }
}

function age(newest: Date | null, now: Date): Freshness {
  if (newest === null) return { newest: null, days: null };
  return { newest: newest.toISOString(), days: (now.getTime() - newest.getTime()) / 86_400_000 };
}
