/** Within this, raw and allocated costs of a service agree. Percent. */
export const TOLERANCE_PCT = 0.5;
/** No invoice can show less: a difference of at most this is none, however small the costs that it is a share of. */
export const FLOOR_USD = 0.01;

/**
 * SQL: by how many percent a side differs from what AWS charged, which is the one definition of variance: of signals,
 * probes, decisions and verification. Nothing is rounded. Where AWS charged nothing there is no variance (null), unless
 * something was allocated from nothing. What is no number on either side (PostgreSQL's NaN) is all of it.
 */
export const variancePct = (side: string, charged: string): string =>
  `case when ${side} = 0 and ${charged} = 0 then null
        when not abs(${side} - ${charged}) < 'Infinity' then 100
        when abs(${side} - ${charged}) <= ${FLOOR_USD} then 0
        when ${charged} = 0 then 100
        else 100 * abs(${side} - ${charged}) / abs(${charged}) end`;

/** SQL: less than the ledger's columns of money can hold. */
export const isNothing = (usd: string): string => `abs(${usd}) < 0.0000005`;

/**
 * SQL, `with …` up to `compared`: raw against allocated cost by service and month, for the periods
 * that `periods` selects as `period_start`. Signal and playbooks share it.
 */
export const allocationCompared = (periods: string): string => `
with period as (${periods}),
raw as (
  select to_char(bill_billing_period_start_date at time zone 'UTC', 'YYYY-MM') as "Period",
         coalesce(nullif(product_servicecode, ''), 'Unattributed') as "Service",
         sum(line_item_unblended_cost) as cost, count(*) as lines,
         sum(line_item_unblended_cost) filter (where line_item_line_item_type = 'Usage') as usage
  from fact_cost_raw
  where bill_billing_period_start_date in (select period_start::timestamp at time zone 'UTC' from period)
  group by 1, 2
),
allocated as (
  select to_char(period_start, 'YYYY-MM') as "Period", service as "Service",
         sum(allocated_cost_usd) as cost, count(*) as rows
  from fact_cost_allocated where period_start in (select period_start from period) group by 1, 2
),
compared as (
  select "Period", "Service", coalesce(raw.cost, 0) as raw, coalesce(allocated.cost, 0) as allocated,
         coalesce(raw.lines, 0) as lines, coalesce(allocated.rows, 0) as rows, coalesce(raw.usage, 0) as usage,
         ${variancePct('coalesce(allocated.cost, 0)', 'coalesce(raw.cost, 0)')} as variance
  from raw full join allocated using ("Period", "Service")
)`;

/** Periods whose costs may still change: what the signal measures. */
export const CHANGEABLE_PERIODS = `select period_start from period_state where state in ('open', 'closing')`;
