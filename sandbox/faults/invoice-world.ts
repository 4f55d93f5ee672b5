import type { PoolClient } from 'pg';
import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import type { Sandbox } from '../sandbox.ts';
import { hoursAgo } from './fault.ts';

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

/** The invoices of these tenants were never made; the month was closed `hours` ago. */
export async function withoutInvoices(
  sandbox: Sandbox,
  tenants: readonly string[],
  hours = LATE_HOURS,
): Promise<void> {
  const first = `${await closedPeriod(sandbox)}-01`;
  await transaction(sandbox.pool, async (client) => {
    await closedAt(client, first, hoursAgo(sandbox, hours));
    const theirs = `(select invoice_id from invoice_header where period_start = $1::date and tenant_id = any($2))`;
    for (const table of ['invoice_detail', 'payment_txn', 'invoice_header']) {
      await client.query(`delete from ${table} where invoice_id in ${theirs}`, [first, tenants]);
    }
  });
}

async function closedAt(client: PoolClient, first: string, at: Date): Promise<void> {
  await client.query('update period_state set changed_at = $2 where period_start = $1::date', [first, at]);
}

/** The tenant's usage of one day of the month is missing. */
export async function withoutUsage(sandbox: Sandbox, tenant: string, day: number): Promise<void> {
  const period = await closedPeriod(sandbox);
  await sandbox.pool.query(
    `delete from usage_snapshot_daily where tenant_id = $1 and usage_date = $2::date`,
    [tenant, `${period}-${String(day).padStart(2, '0')}`],
  );
}

/** The emitter failed for the tenant, `hours` ago each. */
export async function emitterFailed(
  sandbox: Sandbox,
  tenant: string,
  hours: readonly number[],
): Promise<void> {
  const period = await closedPeriod(sandbox);
  for (const ago of hours) {
    await sandbox.pool.query(
      `insert into job_run (run_id, job, period, tenant_id, status, started_at, finished_at, result)
       values ($1, $2, $3, $4, 'failed', $5, $5, $6)`,
      [
        `nightly-${tenant}-${ago}h`,
        sandbox.services.estate.jobs.invoiceEmitter,
        period,
        tenant,
        hoursAgo(sandbox, ago),
        { error: 'connect ETIMEDOUT: the request timed out' },
      ],
    );
  }
}
