import type { Queryable } from '../../platform/ledger/queryable.ts';
import * as z from 'zod';
import { Period, periodStart, shiftPeriod } from '../../domain/billing-period.ts';
import { caps, invoice } from '../../domain/lock-names.ts';
import type { Params } from './definition.ts';
import { toppingUpImpact } from './invoice-impacts.ts';
import { ledgerChange } from './ledger-change.ts';
import { TOP_UP } from './top-up-sql.ts';

const Decimal = z.string().regex(/^\d+(\.\d+)?$/, 'a decimal number as text');

const TopUp = z.strictObject({
  tenant_id: z.string().min(1),
  metric_code: z.string().min(1),
  period: Period,
  /** What was decided on; the plan must still say so. */
  step_value: Decimal,
  price_usd: Decimal,
});

/** Raises a tenant's cap by one step if its plan says so, and puts the price on its open invoice. */
export const topUp = ledgerChange({
  name: 'top-up',
  params: TopUp,
  example: {
    tenant_id: 'TEN-00113',
    metric_code: 'storage_gb_peak',
    period: '2026-11',
    step_value: '50',
    price_usd: '25',
  },
  closedPeriod: 'refused',
  independent: true,
  money: true,
  grants: [
    'select (invoice_id, period_start, status, tax_usd, tenant_id) on invoice_header',
    'select (amount_usd, invoice_id, line_type, metric_code) on invoice_detail',
    'select (period_start, state) on period_state',
    'select (metric_code, plan_code, unit) on plan_metric_map',
    'select (auto, max_per_period, metric_code, plan_code, price_usd, step_value) on plan_topup',
    'select (period_end, period_start, plan_code, status, tenant_id) on tenant_plan_binding',
    'select (cap_value, metric_code, metric_value, tenant_id, usage_date, utilization) on usage_snapshot_daily',
    'insert (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd) on invoice_header',
    'update (subtotal_usd, total_usd) on invoice_header',
    'insert (invoice_id, line_type, metric_code, quantity, unit, unit_price_usd, amount_usd, reference_ids) on invoice_detail',
    'update (cap_value, utilization, quota_event, last_updated_at) on usage_snapshot_daily',
  ],
  undo: {
    irreversible: 'What was charged is credited by a person, on the invoice; they set the cap back, too.',
  },
  before: {
    'emit-invoice':
      'A top-up goes on an open invoice of an open month, an emission is of a closed one: the one that comes too late is refused, under the row’s lock.',
    'settle-invoice':
      'Only what is open is topped up, and only what is issued is settled, both under the row’s lock.',
    'run-reconciliation':
      'It compares the allocation lines of invoices that are issued or paid: a top-up is neither, and it comes to the same either way.',
    'refresh-dashboards':
      'They show the caps. Refreshed before, they are older than the last top-up; its own playbook sees that, and refreshes them.',
  },
  locks: ({ tenant_id = '', period = '' }) => ({
    writes: [caps(period, tenant_id), invoice(period, tenant_id)],
    reads: [],
  }),
  impact(params, { now }, tools) {
    const { tenant_id: tenant, metric_code: metric, period, price_usd: price } = TopUp.parse(params);
    return toppingUpImpact({ tenant, metric, period, price, now }, tools);
  },
  object: ({ tenant_id = '', metric_code = '', period = '' }) => ({
    type: 'quota',
    id: `${tenant_id}/${metric_code}/${period}`,
  }),
  describe: ({ tenant_id, metric_code, period, step_value, price_usd }) =>
    `top up ${metric_code} of ${tenant_id} by ${plain(step_value)} in ${period} for ${plain(price_usd)} USD`,
  change: async (client, params, { actionId, now }) => give(client, TopUp.parse(params), actionId, now),
});

type TopUp = z.infer<typeof TopUp>;

async function give(client: Queryable, params: TopUp, actionId: string, now: Date): Promise<Params> {
  const { tenant_id: tenant, metric_code: metric, period } = params;
  const of = `${metric} of ${tenant} in ${period}`;
  const refuse = (got: string, wanted: string): never => {
    throw new Error(`${of} is not topped up: ${got}; wanted ${wanted}. Nothing was changed: look again`);
  };
  const month = [periodStart(period), periodStart(shiftPeriod(period, 1))] as const;

  // The header first: other top-ups and the emission of this invoice wait here.
  await client.query(TOP_UP.header, [`INV-${period}-${tenant}`, tenant, ...month]);
  const header = await one<{ invoice_id: string; status: string }>(client, TOP_UP.lockHeader, [
    tenant,
    month[0],
  ]);
  if (header?.status !== 'open')
    return refuse(`its invoice is ${header?.status ?? 'missing'}`, 'an open one');
  const { invoice_id: invoice } = header;

  const state = await one<{ state: string }>(client, TOP_UP.period, [month[0]]);
  if (state?.state !== 'open') refuse(`the period is ${state?.state ?? 'unknown'}`, 'an open one');
  const given = await one<{ count: number }>(client, TOP_UP.given, [invoice, metric]);
  if (given?.count !== 0) refuse(`${given?.count ?? '?'} top-ups were given`, 'none');

  const breach = await one<{ day: string; rows: number; enough: boolean; sane: boolean }>(
    client,
    TOP_UP.breach,
    [tenant, metric, ...month, now.toISOString(), params.step_value],
  );
  if (!breach || breach.rows === 0) return refuse('no day is over the cap', 'utilisation of 1 or more');
  if (!breach.sane) refuse('a cap is not above zero', 'one that can be divided by');
  if (!breach.enough) refuse('one step is not enough', 'utilisation below 1 after it');

  const plans = await client.query<{
    step: boolean;
    price: boolean;
    auto: boolean;
    most: number;
    unit: string;
  }>(TOP_UP.plan, [tenant, metric, breach.day, params.step_value, params.price_usd]);
  const [plan] = plans.rows;
  if (!plan || plans.rows.length > 1) return refuse(`${plans.rows.length} plans have a top-up for it`, 'one');
  if (!plan.auto || plan.most < 1) refuse('the plan gives no automatic top-up', 'one that does');
  if (!plan.step || !plan.price)
    refuse('step or price have changed', `${params.step_value} for ${params.price_usd}`);

  const reference = JSON.stringify([actionId]);
  await client.query(TOP_UP.line, [
    invoice,
    metric,
    params.step_value,
    plan.unit,
    params.price_usd,
    reference,
  ]);
  await client.query(TOP_UP.total, [invoice]);
  const raised = await client.query(TOP_UP.raise, [
    tenant,
    metric,
    ...month,
    now.toISOString(),
    params.step_value,
  ]);
  return { invoice_id: invoice, days: String(raised.rowCount ?? 0) };
}

async function one<Row extends object>(
  client: Queryable,
  sql: string,
  values: readonly unknown[],
): Promise<Row | undefined> {
  return (await client.query<Row>(sql, [...values])).rows[0];
}

/** `50` of `50.000000`. */
const plain = (decimal = ''): string => (decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal);
