import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';

/** A hash over every figure of each closed month, per place: a single digit or file that changes shows. */
export type ClosedFigures = Readonly<Record<string, string>>;

/** Tables that hold a month's figures, and the condition that picks the month `$1` (its first day). */
const FIGURES: Readonly<Record<string, string>> = {
  fact_cost_raw: `bill_billing_period_start_date = $1::timestamp at time zone 'UTC'`,
  fact_cost_allocated: 'period_start = $1::date',
  recon_summary: 'period_start = $1::date',
  invoice_header: 'period_start = $1::date',
  period_state: 'period_start = $1::date',
};

/** All figures of the months that are closed now, in the ledger and in Athena's copy, to the byte. */
export async function closedFigures({ pool, services }: Sandbox): Promise<ClosedFigures> {
  const { rows: months } = await pool.query<{ day: string }>(
    `select period_start::text as day from period_state where state = 'closed' order by 1`,
  );
  const figures: Record<string, string> = {};
  for (const { day } of months) {
    const month = day.slice(0, 7);
    for (const [table, ofMonth] of Object.entries(FIGURES)) {
      const { rows } = await pool.query<{ hash: string | null }>(
        `select md5(string_agg(line::text, e'\\n' order by line::text collate "C")) as hash
         from (select * from ${table} where ${ofMonth}) line`,
        [day],
      );
      figures[`${month} ${table}`] = rows[0]?.hash ?? 'nothing';
    }
    figures[`${month} athena`] = await athenaHash(services.commercialOps.warehouse, month);
  }
  return figures;
}

async function athenaHash(
  warehouse: Sandbox['services']['commercialOps']['warehouse'],
  month: string,
): Promise<string> {
  const snapshot = warehouse.open();
  try {
    const hash = createHash('sha256');
    for (const { period, paths } of snapshot.partitions) {
      if (period === month) for (const path of paths) hash.update(path).update(readFileSync(path));
    }
    return hash.digest('hex');
  } finally {
    await snapshot.release();
  }
}
