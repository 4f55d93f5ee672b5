import { DAY_MS } from '../../domain/milliseconds.ts';
import { athenaPermissions, queryAthena } from '../probes/athena-query.ts';
import { athenaMonthsSql, athenaTime, LEDGER_NEWEST_SQL } from '../probes/cost-copies.ts';
import { curDelivery, findDeliveries, isFrom } from '../probes/cur-delivery.ts';
import type { Measurement, Signal } from './definition.ts';

/**
 * Months that are over by two days and not closed, with the delivery that the ledger holds, its lines, and how many were
 * loaded of it. $1 now
 */
const ENDED_SQL = `
with held as (
  select period_start, held.digest, held.lines
  from period_state
  left join lateral (
    select max(source_digest) as digest, count(*) as lines from fact_cost_raw
    where bill_billing_period_start_date = period_start::timestamp at time zone 'UTC'
  ) held on true
  where state <> 'closed'
    and (period_start + interval '1 month')::timestamp at time zone 'UTC' <= $1::timestamptz - interval '2 days'
)
select to_char(period_start, 'YYYY-MM') as period, digest, lines::int,
       (select max(row_count)::int from cur_ingestion_log log
        where log.period_start = held.period_start and log.status = 'completed'
          and log.source_digest = held.digest) as loaded
from held
order by 1`.trim();

interface Ended extends Record<string, unknown> {
  readonly period: string;
  readonly digest: string | null;
  readonly lines: number;
  readonly loaded: number | null;
}

/**
 * Age in days of the newest usage, of each copy; and of each month that is over and not closed, for how long its newest
 * delivery has not been in both copies, line by line: so few may be lost that no figure shows it. The alarm watches the worst.
 */
export const freshness: Signal = {
  metric: 'cur_freshness_days',
  unit: 'None',
  worst: 'highest',
  whenNone: null,
  slow: true,
  reads: [
    'cur_ingestion_log (period_start, row_count, source_digest, status)',
    'fact_cost_raw (bill_billing_period_start_date, line_item_line_item_type, line_item_usage_end_date, source_digest)',
    'period_state (period_start, state)',
  ],
  permissions: (settings) => [...athenaPermissions(settings), ...curDelivery.permissions(settings)],
  async measure(context) {
    const { now, settings, tools } = context;
    const [ledger, ended] = await Promise.all([
      tools.ledger.query<{ newest: Date | null }>(LEDGER_NEWEST_SQL, [now.toISOString()]),
      tools.ledger.query<Ended>(ENDED_SQL, [now.toISOString()]),
    ]);
    const periods = ended.rows.map(({ period }) => period);
    const [athena, deliveries] = await Promise.all([
      queryAthena(await tools.athena(), settings, athenaMonthsSql(now, periods)),
      findDeliveries(context, periods),
    ]);
    const newest = athena.rows.flatMap((row) => (row['newest'] ? [athenaTime(row['newest'])] : []));
    const inAthena = new Map(athena.rows.map((row) => [row['period'], row]));
    return [
      ...aged('ledger', ledger.rows[0]?.newest ?? null, now),
      ...aged('athena', newest.sort((a, b) => b.getTime() - a.getTime())[0] ?? null, now),
      ...ended.rows.flatMap(({ period, digest, lines, loaded }, i) => {
        const delivery = deliveries[i]!.value;
        const { writtenAt, digest: delivered, missingCount } = delivery;
        const { digest: theirs = null, lines: theirLines } = inAthena.get(period) ?? {};
        const lost =
          loaded !== null && (lines !== loaded || (theirs === digest && Number(theirLines) !== loaded));
        const held = !lost && [digest, theirs].every((copy) => isFrom(copy, delivery));
        if (held || delivered === null || writtenAt === null || missingCount > 0) return [];
        const days = (now.getTime() - new Date(writtenAt).getTime()) / DAY_MS;
        return [{ value: Math.max(0, days), dimensions: { Period: period } }];
      }),
    ];
  },
};

/** Stands for a copy without usage lines: older than any report is kept. */
const EMPTY_DAYS = 365;

function aged(copy: string, newest: Date | null, now: Date): Measurement[] {
  const days = newest ? (now.getTime() - newest.getTime()) / DAY_MS : EMPTY_DAYS;
  return [{ value: days, dimensions: { Copy: copy } }];
}
