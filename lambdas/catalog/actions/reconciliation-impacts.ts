import type { ReadTools } from '../../platform/clients.ts';
import { periodStart } from '../../domain/billing-period.ts';
import type { Impact } from '../../domain/impact.ts';
import { impactInLedger } from './impact.ts';

/** A first reconciliation writes a row for each service, and one for the whole. */
const RECONCILING = `
select greatest(
         (select count(*) from recon_summary where period_start = $1::date),
         (select count(distinct product_servicecode) + 1 from fact_cost_raw
          where bill_billing_period_start_date = $1::date::timestamp at time zone 'UTC')
       )::int as rows, '0' as usd, '{}'::text[] as tenants`;

/** Comparing a month's totals moves no money. */
export const reconcilingImpact = (period: string, tools: ReadTools): Promise<Impact> =>
  impactInLedger(tools, RECONCILING, [periodStart(period)]);

const MARKING = `
select count(*)::int as rows, '0' as usd, '{}'::text[] as tenants
from recon_summary where period_start = $1::date and status in ('failed', 'warning')`;

export const markingImpact = (period: string, tools: ReadTools): Promise<Impact> =>
  impactInLedger(tools, MARKING, [periodStart(period)]);
