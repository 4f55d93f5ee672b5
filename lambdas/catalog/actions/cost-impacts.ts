import type { ReadTools } from '../../platform/clients.ts';
import { periodStart, shiftPeriod } from '../../domain/billing-period.ts';
import type { Impact } from '../../domain/impact.ts';
import { RESOURCE, TAGGABLE, TENANT, UNTAGGED } from '../probes/tag-coverage.ts';
import { impactInLedger } from './impact.ts';

/** SQL: the first moment of a month given by its first day, as in cost lines. */
const month = (day: string): string => `${day}::date::timestamp at time zone 'UTC'`;

/** Credits are money, too: they do not make an impact smaller. */
const COST = `coalesce(sum(abs(line_item_unblended_cost)), 0)`;

const INGESTION = `
with held as (
  select bill_billing_period_start_date as month, ${TENANT} as tenant, count(*) as lines,
         coalesce(sum(abs(line_item_unblended_cost)) filter (where abs(line_item_unblended_cost) < 'Infinity'), 0) as usd
  from fact_cost_raw where bill_billing_period_start_date in (${month('$1')}, ${month('$2')})
  group by 1, 2
),
months as (select sum(lines) as lines, sum(usd) as usd from held group by month)
select coalesce(max(lines), 0)::int as rows, coalesce(max(usd), 0)::text as usd,
       array(select distinct tenant from held where tenant is not null order by 1) as tenants
from months`;

/**
 * Loading a month: the larger of what the ledger holds of it and of the month before, since a new
 * month will grow to about the size of the last one. With neither it is 0: the ledger has nothing to
 * lose. Costs that are no number are replaced, and are no money.
 */
export const ingestionImpact = (period: string, tools: ReadTools): Promise<Impact> =>
  impactInLedger(tools, INGESTION, [periodStart(period), periodStart(shiftPeriod(period, -1))]);

const ALLOCATION = `
with rows_of as (
  select period_start, count(*) as count from fact_cost_allocated
  where period_start in ($1::date, $2::date) group by 1
)
select coalesce((select max(count) from rows_of), 0)::int as rows,
       (select ${COST} from fact_cost_raw where bill_billing_period_start_date = ${month('$1')})::text as usd,
       array(select distinct tenant_id from fact_cost_allocated where period_start in ($1::date, $2::date)
             union
             select distinct ${TENANT} from fact_cost_raw
             where bill_billing_period_start_date = ${month('$1')} and ${TENANT} is not null
             order by 1) as tenants`;

/**
 * Allocating a month again: all costs, over all tenants that have a share or are named on a line. A
 * month without an allocation gets about as many rows as the one before.
 */
export const allocationImpact = (period: string, tools: ReadTools): Promise<Impact> =>
  impactInLedger(tools, ALLOCATION, [periodStart(period), periodStart(shiftPeriod(period, -1))]);

const TAGGING = `
with untagged as (
  select ${RESOURCE} as resource, line_item_unblended_cost from fact_cost_raw
  where bill_billing_period_start_date = ${month('$1')} and ${TAGGABLE} and ${UNTAGGED}
)
select count(*)::int as rows, ${COST}::text as usd,
       array(select distinct tenant_id from resource_inventory
             where tenant_id is not null and resource_id in (select resource from untagged) order by 1) as tenants
from untagged`;

/** Copying tags: every untagged line may get its owner, with its cost. */
export const taggingImpact = (period: string, tools: ReadTools): Promise<Impact> =>
  impactInLedger(tools, TAGGING, [periodStart(period)]);

const VALIDATION = `
select count(*)::int as rows, '0' as usd, '{}'::text[] as tenants
from (
  select resource_id from resource_inventory
  union
  select ${RESOURCE} from fact_cost_raw
  where bill_billing_period_start_date = ${month('$1')} and ${TAGGABLE} and ${RESOURCE} is not null
) resource`;

/** A validation judges resources, known or named on a line, and changes no figures. */
export const validationImpact = (period: string, tools: ReadTools): Promise<Impact> =>
  impactInLedger(tools, VALIDATION, [periodStart(period)]);
