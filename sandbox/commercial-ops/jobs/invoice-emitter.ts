import type { Pool, PoolClient } from 'pg';
import { firstDay, nextFirstDay, type Period } from '../period.ts';
import { BOUND, issueInvoices } from './invoice-sql.ts';
import { asJobRun, JobRefused, type JobOrder, type JobResult } from './job-run.ts';
import { reconOf } from './reconciliation.ts';

export interface InvoiceOrder extends JobOrder {
  readonly tenantId: string;
}

export interface Emitted {
  readonly invoice_id: string;
  readonly status: string;
  /** A decimal as text. */
  readonly total_usd: string;
  /** The invoice had been issued before; nothing was written now. */
  readonly already: boolean;
}

/**
 * `invoice_emitter`: issues one tenant's invoice of a closed, reconciled period from its frozen figures.
 * @throws JobRefused when the tenant, the period, its reconciliation or the tenant's usage is not ready for it
 */
export async function emitInvoice(
  pool: Pool,
  order: InvoiceOrder,
  now: () => Date,
): Promise<JobResult<Emitted>> {
  return asJobRun<Emitted>(
    pool,
    'invoice_emitter',
    order,
    now,
    async (client) => {
      const { period, tenantId } = order;
      await requireTenant(client, tenantId);
      const before = await invoiceOf(client, order);
      if (before?.status === 'issued' || before?.status === 'paid') {
        return { result: { ...before, already: true }, change: null };
      }
      if (before?.status === 'void') {
        throw new JobRefused(
          `invoice_emitter refuses ${tenantId} in ${period}: invoice ${before.invoice_id} is void; a person decides what replaces it`,
        );
      }
      await requireReconciled(client, period);
      await requirePlan(client, order);
      await requireUsage(client, order);
      const [issued] = await issueInvoices(client, period, now().toISOString(), tenantId);
      if (!issued)
        throw new Error(`the invoice of ${tenantId} in ${period} has no lines; wanted at least one`);
      const { invoice_id, total_usd } = issued;
      return {
        result: { invoice_id, status: 'issued', total_usd, already: false },
        change: {
          action: 'invoice.issued',
          objectType: 'invoice',
          objectId: invoice_id,
          what: `issued over ${total_usd} USD`,
          more: { tenant_id: tenantId },
        },
      };
    },
    ['closed'],
  );
}

async function requireTenant(client: PoolClient, tenantId: string): Promise<void> {
  const { rowCount } = await client.query('select from tenant_master where tenant_id = $1', [tenantId]);
  if (rowCount === 0) {
    throw new JobRefused(
      `invoice_emitter does not know the tenant ${tenantId}: tenant_master has no row for it`,
    );
  }
}

async function invoiceOf(
  client: PoolClient,
  { tenantId, period }: InvoiceOrder,
): Promise<Omit<Emitted, 'already'> | undefined> {
  const { rows } = await client.query<Omit<Emitted, 'already'>>(
    `select invoice_id, status, total_usd::text from invoice_header
     where tenant_id = $1 and period_start = $2::date for update`,
    [tenantId, firstDay(period)],
  );
  return rows[0];
}

async function requireReconciled(client: PoolClient, period: Period): Promise<void> {
  const id = reconOf(period);
  const { rows } = await client.query<{ status: string }>(
    'select status from recon_summary where recon_id = $1 and service is null',
    [id],
  );
  const status = rows[0]?.status;
  if (status === 'ok' || status === 'resolved') return;
  throw new JobRefused(
    `invoice_emitter refuses ${period}: the reconciliation ${id} is ${status ?? 'missing'}; wanted ok or resolved`,
  );
}

async function requirePlan(client: PoolClient, { tenantId, period }: InvoiceOrder): Promise<void> {
  const { rowCount } = await client.query(
    `select from tenant_plan_binding binding where tenant_id = $3 and ${BOUND}`,
    [firstDay(period), nextFirstDay(period), tenantId],
  );
  if (rowCount === 0) {
    throw new JobRefused(
      `invoice_emitter refuses ${tenantId} in ${period}: tenant_plan_binding binds it to no plan in that period`,
    );
  }
}

/** Every metric of the tenant's plan, on every day of the period that it had the plan. */
const USAGE_GAPS = `
select metric_code, to_char(day, 'YYYY-MM-DD') as day, (count(*) over ())::int as gaps
from tenant_plan_binding binding
join plan_metric_map using (plan_code)
cross join lateral generate_series(
  greatest(binding.period_start, $1::date)::timestamp,
  least(coalesce(binding.period_end, $2::date), $2::date)::timestamp - interval '1 day', interval '1 day') day
where tenant_id = $3 and ${BOUND}
  and not exists (select from usage_snapshot_daily usage
                  where usage.tenant_id = $3 and usage.metric_code = plan_metric_map.metric_code and usage.usage_date = day::date)
order by day, metric_code limit 3`;

async function requireUsage(client: PoolClient, { tenantId, period }: InvoiceOrder): Promise<void> {
  const { rows } = await client.query<{ metric_code: string; day: string; gaps: number }>(USAGE_GAPS, [
    firstDay(period),
    nextFirstDay(period),
    tenantId,
  ]);
  const [gap] = rows;
  if (!gap) return;
  const some = rows.map(({ metric_code, day }) => `${metric_code} on ${day}`).join(', ');
  throw new JobRefused(
    `invoice_emitter refuses ${tenantId} in ${period}: usage_snapshot_daily is incomplete, ${gap.gaps} values are ` +
      `missing (${some}${gap.gaps > rows.length ? ', …' : ''}); wanted every metric of its plan on every day`,
  );
}
