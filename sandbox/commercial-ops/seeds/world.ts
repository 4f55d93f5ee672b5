import type { Pool } from 'pg';
import type { CostSource } from '../contracts.ts';
import type { Delivery } from '../delivery.ts';
import type { Duck } from '../duck.ts';
import { ingest } from '../jobs/cur-ingest.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { endOf, periodOf, startOf, type Period } from '../period.ts';
import type { Warehouse } from '../warehouse.ts';
import { reconOf } from '../jobs/reconciliation.ts';
import { parts } from '../parts/all.ts';
import { seedInvoices, seedReconciliation } from './billing.ts';
import { seedOperations, setPeriodState, type PeriodStateName } from './operations.ts';
import { seedReference } from './reference.ts';
import { seedUsage } from './usage.ts';

export interface WorldToSeed {
  readonly pool: Pool;
  readonly delivery: Delivery;
  readonly warehouse: Warehouse;
  readonly duck: Duck;
  readonly directory: string;
  readonly source: CostSource;
  /** A real report brings no closed month, and so no invoices. */
  readonly generated: boolean;
  readonly seed: number;
  readonly now: Date;
  readonly deliveredUpTo: Date;
  readonly ingestedUpTo: Date;
}

/** An ingestion of the past, for those who keep records of it (Glue's runs, the log). */
export interface PastIngestion {
  readonly runId: string;
  readonly period: Period;
  readonly at: Date;
  readonly lines: number;
}

export interface SeededWorld {
  readonly periods: readonly { readonly period: Period; readonly state: PeriodStateName }[];
  readonly ingestions: readonly PastIngestion[];
}

const HOUR_MS = 3_600_000;

/**
 * Builds the ledger by the same jobs that run later: deliver, ingest, allocate, month by month, oldest first; then
 * what depends on them (reconciliation, invoices, budgets). What lay there before is gone.
 */
export async function seedWorld(world: WorldToSeed): Promise<SeededWorld> {
  const { pool, delivery, warehouse, source, now, deliveredUpTo, ingestedUpTo } = world;
  const periods = statesOf(await source.periods(now), world);
  await transaction(pool, async (client) => {
    await client.query(TRUNCATE);
    await seedReference(client, periods[0]?.period ?? periodOf(now));
    await seedUsage(client, { seed: world.seed, periods: periods.map(({ period }) => period), now });
    for (const { period, state } of periods) {
      // A closed month must be open until its costs are in: ingestion refuses closed ones, here too.
      const first = state === 'closed' ? 'open' : state;
      await setPeriodState(client, period, first, state === 'open' ? startOf(period) : endOf(period));
    }
  });
  await warehouse.clear();

  const ingestions: PastIngestion[] = [];
  for (const { period, state } of periods) {
    const upTo = state === 'closed' ? endOf(period) : ingestedUpTo;
    await delivery.deliver(source, period, upTo);
    if (delivery.exists(period)) ingestions.push(await ingestPast(world, period, upTo));
    if (state === 'closed') await close(pool, period);
    if (state === 'closing') {
      await transaction(pool, (client) => seedReconciliation(client, period, 'provisional', now));
    }
    if (state !== 'closed' && deliveredUpTo > upTo) await delivery.deliver(source, period, deliveredUpTo);
  }
  await transaction(pool, async (client) => {
    const period = periodOf(now);
    await seedOperations(client, period, now);
    for (const part of parts) await part.seed(client, { period, now });
  });
  // Fresh statistics: a query right after a large load must not be planned for an empty table.
  await pool.query('analyze');
  return { periods, ingestions };
}

/** Everything before the current month is over; of generated costs the oldest month is also billed. */
function statesOf(periods: readonly Period[], { generated, now }: WorldToSeed): SeededWorld['periods'] {
  const current = periodOf(now);
  const all = periods.includes(current) ? periods : [...periods, current];
  return all.map((period, i) => {
    if (period === current) return { period, state: 'open' };
    return { period, state: generated && i === 0 ? 'closed' : 'closing' };
  });
}

/** As the nightly run did it some hours after the delivery. */
async function ingestPast(world: WorldToSeed, period: Period, upTo: Date): Promise<PastIngestion> {
  const { delivery, now } = world;
  const known = Math.min(upTo.getTime(), endOf(period).getTime());
  const at = new Date(Math.min(known + 34 * HOUR_MS, now.getTime() - HOUR_MS));
  const runId = `nightly-${period}-${at.toISOString().slice(0, 10)}`;
  const tools = { ...world, now: () => at };
  const { result } = await ingest(tools, { runId, period }, () => delivery.read(period), 'nightly');
  return { runId, period, at, lines: result.lines };
}

async function close(pool: Pool, period: Period): Promise<void> {
  const at = new Date(endOf(period).getTime() + 5 * 24 * HOUR_MS);
  await transaction(pool, async (client) => {
    await seedInvoices(client, period);
    await seedReconciliation(client, period, 'ok', at);
    await setPeriodState(client, period, 'closed', at, reconOf(period));
  });
}

const TRUNCATE = `
truncate tenant_master, plan_master, plan_metric_map, tenant_plan_binding, usage_snapshot_daily, plan_topup,
  resource_inventory, fact_cost_raw, fact_cost_allocated, rule_version_map, cur_ingestion_log, tag_validation_log,
  budget_master, invoice_header, invoice_detail, payment_txn, recon_summary, recon_exceptions, period_state, job_run,
  audit_event, ${parts.flatMap(({ tables }) => tables).join(', ')} restart identity cascade`;
