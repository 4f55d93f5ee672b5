import { moment, percent } from '../../domain/words.ts';
import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { TOLERANCE_PCT, variancePct } from './allocation-comparison.ts';
import { ledgerProbe } from './ledger-probe.ts';

/** SQL: the variance of a row's own totals. */
const VARIANCE = variancePct('(allocated_total_usd + operator_overhead_usd)', 'aws_total_usd');

/** SQL: a row's variance as recorded; what is no number is none. */
const RECORDED = `abs(nullif(variance_pct, 'NaN'))`;

/**
 * SQL: reconciliations, each with what is allocated today of what an `ok` one was about, where `isCompared` says so. Costs
 * that were restated and allocated since make it one of other costs.
 */
const reconciled = (isCompared: string): string => `recon_summary cross join lateral (
  select case when status = 'ok' and ${isCompared} then coalesce((
    select sum(allocated_cost_usd) from fact_cost_allocated allocation
    where allocation.period_start = recon_summary.period_start
      and (recon_summary.service is null or allocation.service = recon_summary.service)), 0) end as today) compared`;

/** SQL: of a month whose figures may still change. */
const NOT_CLOSED = `exists (select from period_state month
  where month.period_start = recon_summary.period_start and month.state <> 'closed')`;

/**
 * SQL: a row's variance, the worst of what was recorded, what its totals say, for the record has six digits, and by how much
 * its allocation has changed. A failed row is over every limit with any figure; provisional and resolved rows are not judged
 * (null).
 */
const JUDGED = `case when status in ('provisional', 'resolved') then null
            else greatest(${RECORDED}, ${VARIANCE}, case when status = 'failed' then 100 end,
                          case when today is not null then ${variancePct('today', 'allocated_total_usd')} end) end`;

/** Worst variance by month. $1 now */
export const RECON_BY_PERIOD = `
select to_char(period_start, 'YYYY-MM') as "Period", max(${JUDGED}) as value
from ${reconciled(NOT_CLOSED)}
where status <> 'provisional' and status <> 'resolved' and period_start <= $1::timestamptz
group by 1`;

/** SQL: whether a row's own totals balance, in any status. */
export const BALANCED = `coalesce(${VARIANCE}, 0) <= ${TOLERANCE_PCT}`;

const Row = z.object({
  /** Null: the period as a whole. */
  service: z.string().nullable(),
  status: z.enum(['ok', 'warning', 'failed', 'resolved', 'provisional']),
  /** Decimals as text. */
  awsUsd: z.string(),
  allocatedUsd: z.string(),
  overheadUsd: z.string(),
  /** As recorded; null where AWS charged nothing. */
  pct: z.number().nullable(),
  /** Whether the row's own totals are within tolerance, whatever its status. */
  balanced: z.boolean(),
});

export const ReconSummary = z.object({
  rows: z.int(),
  /** Status of the period as a whole; null: there is no reconciliation. */
  status: Row.shape.status.nullable(),
  at: z.string().nullable(),
  /** As the alarm's metric; null: no row is judged. */
  worstPct: z.number().nullable(),
  /** Rows that failed or warn. */
  unsettled: z.int(),
  /** Of those, the ones whose own totals do not balance. */
  unbalanced: z.int(),
  /** Those that failed or warn, the worst first, at most 20. */
  worst: z.array(Row),
});
export type ReconSummary = z.infer<typeof ReconSummary>;

/** For people: what is marked as resolved was judged by a person. */
export const describeJudged = ({ status, worstPct }: Pick<ReconSummary, 'status' | 'worstPct'>): string =>
  [
    ...(status === 'resolved' ? ['a person has balanced it'] : []),
    ...(worstPct !== null ? [`worst ${percent(worstPct)}`] : []),
  ].join(', ') || 'nothing judged';

const NAMED = 20;

const SQL = `
with judged as (
  select service, status, aws_total_usd, allocated_total_usd, operator_overhead_usd, created_at, nullif(variance_pct, 'NaN') as variance_pct,
         ${BALANCED} as balanced, ${JUDGED} as worst
  from ${reconciled('true')}
  where period_start = $1::date
)
select service, status, aws_total_usd::text as "awsUsd", allocated_total_usd::text as "allocatedUsd",
       operator_overhead_usd::text as "overheadUsd", variance_pct::float8 as pct, balanced, worst::float8 as worst,
       to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as at
from judged order by worst desc nulls last, service nulls first`.trim();

type Found = z.infer<typeof Row> & { readonly worst: number | null; readonly at: string };

/** Both decides and proves a reconciliation. */
export const reconSummary = ledgerProbe<{ period: string }, ReconSummary, Found>({
  name: 'recon-summary',
  question: 'What does the reconciliation of the period say?',
  sql: SQL,
  values: ({ target }) => [periodStart(target.period)],
  printed: ['SELECT * FROM recon_summary ORDER BY period_start DESC LIMIT 5;'],
  value: ReconSummary,
  read: (rows) => {
    const whole = rows.find(({ service }) => service === null);
    const unsettled = rows.filter(({ status }) => status === 'failed' || status === 'warning');
    return {
      rows: rows.length,
      status: whole?.status ?? null,
      at: whole?.at ?? null,
      worstPct: rows[0]?.worst ?? null,
      unsettled: unsettled.length,
      unbalanced: unsettled.filter(({ balanced }) => !balanced).length,
      worst: unsettled.slice(0, NAMED).map((row) => Row.parse(row)),
    };
  },
  describe: ({ rows, status, at, worstPct, unsettled, unbalanced }) =>
    rows === 0
      ? 'there is none'
      : `${status ?? 'no row for the whole'} since ${at === null ? 'an unknown time' : moment(at)}, ` +
        `${describeJudged({ status, worstPct })}; ` +
        `${unsettled} of ${rows} rows failed or warn, ${unbalanced} of them do not balance`,
});
