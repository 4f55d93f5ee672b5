import { MISSING } from '../../catalog/probes/missing-invoices.ts';
import { firstRow, type Ledger } from '../../platform/ledger/queryable.ts';
import type { Log } from '../../platform/log.ts';
import { dateIn, shiftDate } from '../../platform/calendar.ts';
import { transaction } from '../../platform/ledger/transaction.ts';
import { openIncidentOf } from '../../record/incidents.ts';
import type { MonthClose, Blocked } from './figures.ts';

/** An invoice that nobody has paid is only late after this. */
const UNPAID_DAYS = 30;
/** Named in the report; all count in the sum. */
const MOST_BLOCKED = 20;

/**
 * $1: the month's first day. Each step with the playbook that repairs it, whether it is done, and the open incident on it.
 * A month's invoices are issued once it is closed.
 */
const CLOSE = `
with ${MISSING},
recon as (select status, variance_pct from recon_summary
          where period_start = $1::date and service is null order by created_at desc limit 1),
step (place, name, playbook, done, says) as (
  select 1, 'costs', 'cur-freshness',
         exists (select from cur_ingestion_log where period_start = $1::date and status = 'completed'), null
  union all select 2, 'allocation', 'allocation-variance',
         exists (select from fact_cost_allocated where period_start = $1::date), null
  union all select 3, 'reconciliation', 'recon-failed', coalesce((select status in ('ok', 'resolved') from recon), false),
         (select status || coalesce(', ' || round(abs(variance_pct), 2)::float || ' %', '') from recon)
  union all select 4, 'closing', null,
         coalesce((select state = 'closed' from period_state where period_start = $1::date), false), null
  union all select 5, 'invoices', 'invoice-lag', (select count(*) = 0 from missing),
         (select case when count(*) > 0 then count(*) || ' missing' end from missing)
)
select json_build_object('month', to_char($1::date, 'YYYY-MM'), 'steps', json_agg(json_build_object('name', name,
  'done', done and incident_id is null, 'says', says, 'incident', incident_id) order by place)) as answer
from step left join lateral (${openIncidentOf('step.playbook', "to_char($1::date, 'YYYY-MM')")}) open on true`;

/**
 * $1: now. What cannot be billed while a reconciliation stands failed (what is not invoiced, or the variance if that is
 * more), and what is missing of invoices that are paid in part or unpaid for long. SQL adds money exactly.
 */
const BLOCKED = `
with blocked (kind, what, usd) as (
  select 'reconciliation', to_char(period_start, 'YYYY-MM'),
         greatest(abs(variance_usd), aws_total_usd - coalesce(invoiced_total_usd, 0))
  from (select distinct on (period_start) * from (
          select period_start, status, variance_usd, aws_total_usd, invoiced_total_usd, created_at
          from recon_summary where service is null) whole order by period_start, created_at desc) newest
  where status = 'failed'
  union all
  select 'invoice', invoice_id, total_usd - coalesce(paid.usd, 0)
  from invoice_header left join (
    select invoice_id, sum(amount_usd) as usd from payment_txn where status = 'confirmed' group by invoice_id) paid
    using (invoice_id)
  where status = 'issued' and total_usd > coalesce(paid.usd, 0)
    and (paid.usd > 0 or issued_at < $1::timestamptz - interval '${UNPAID_DAYS} days')
)
select json_build_object('usd', coalesce(sum(usd), 0)::numeric(30, 2)::text, 'count', count(*),
  'items', coalesce((select json_agg(json_build_object('kind', kind, 'what', what, 'usd', usd::numeric(30, 2)::text)
    order by first.usd desc, what) from (select * from blocked order by usd desc, what limit ${MOST_BLOCKED}) first), '[]')) as answer
from blocked`;

/** The month's close and the money that waits for it, as of now: Commercial-Ops keeps no history of either. */
export interface Close {
  readonly close: MonthClose | null;
  readonly blocked: Blocked | null;
}

/** The last month that is over, by the operator's calendar. */
export const monthToClose = (zone: string, now: Date): string =>
  `${shiftDate(`${dateIn(zone, now).slice(0, 7)}-01`, -1).slice(0, 7)}-01`;

/** May not stop the report: without the grants, or without a table, it is unknown. */
export async function monthClose(
  pool: Ledger,
  {
    zone,
    now,
    log,
    month = monthToClose(zone, now),
  }: { zone: string; now: Date; log: Pick<Log, 'warn'>; month?: string },
): Promise<Close> {
  const asked = async <T>(what: string, sql: string, value: string): Promise<T | null> => {
    try {
      const row = await transaction(pool, (on) => firstRow<{ answer: T }>(on, sql, [value]), 'snapshot');
      return row?.answer ?? null;
    } catch (error) {
      log.warn(`${what} is unknown: run npm run grants again if its login may not read`, { error });
      return null;
    }
  };
  return {
    close: await asked<MonthClose>('the month’s close', CLOSE, month),
    blocked: await asked<Blocked>('the blocked money', BLOCKED, now.toISOString()),
  };
}
