import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Step } from './fault.ts';
import { ago, hoursAgo, sql } from './steps.ts';

/** Over the limit of 72 hours, and below the critical 120. */
const LATE_HOURS = 80;

/** The last closed month. */
export async function closedPeriod({ pool }: Sandbox): Promise<string> {
  const { rows } = await pool.query<{ period: string }>(
    `select to_char(max(period_start), 'YYYY-MM') as period from period_state where state = 'closed'`,
  );
  const period = rows[0]?.period;
  if (!period) throw new Error('the world has no closed month; wanted one with invoices');
  return period;
}

/** In the last closed month, as an id or as a date: `INV-2026-10-TEN-1`, `2026-10-14`. */
export const ofClosedPeriod =
  (write: (period: string) => string) =>
  async (sandbox: Sandbox): Promise<string> =>
    write(await closedPeriod(sandbox));

/** The invoices of these tenants were never made; the month was closed `hours` ago. */
export const withoutInvoices =
  (tenants: readonly string[], hours = LATE_HOURS): Step =>
  async (sandbox) => {
    const first = `${await closedPeriod(sandbox)}-01`;
    await transaction(sandbox.pool, async (client) => {
      await client.query('update period_state set changed_at = $2 where period_start = $1::date', [
        first,
        hoursAgo(sandbox, hours),
      ]);
      const theirs = `(select invoice_id from invoice_header where period_start = $1::date and tenant_id = any($2))`;
      for (const table of ['invoice_detail', 'payment_txn', 'invoice_header']) {
        await client.query(`delete from ${table} where invoice_id in ${theirs}`, [first, tenants]);
      }
    });
  };

/** The tenant's usage of one day of the month is missing. */
export const withoutUsage = (tenant: string, day: string): Step =>
  sql(
    `delete from usage_snapshot_daily where tenant_id = $1 and usage_date = $2::date`,
    tenant,
    ofClosedPeriod((period) => `${period}-${day}`),
  );

/** The emitter failed for the tenant, `hours` ago each. */
export const emitterFailed = (tenant: string, ...hours: readonly number[]): readonly Step[] =>
  hours.map((before) =>
    sql(
      `insert into job_run (run_id, job, period, tenant_id, status, started_at, finished_at, result)
       values ($1, $2, $3, $4, 'failed', $5, $5, $6)`,
      `nightly-${tenant}-${before}h`,
      ({ services }) => services.estate.jobs.invoiceEmitter,
      closedPeriod,
      tenant,
      ago(before),
      { error: 'connect ETIMEDOUT: the request timed out' },
    ),
  );
