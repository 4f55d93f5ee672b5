import { SERVICE, TAGGABLE, UNTAGGED } from '../probes/tag-coverage.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** Share of a service's taggable cost lines with tenant and plan, in open periods. */
export const tagCoverage = ledgerSignal({
  metric: 'tag_coverage_pct',
  unit: 'Percent',
  worst: 'lowest',
  whenNone: 100,
  slow: true,
  reads: [
    'fact_cost_raw (bill_billing_period_start_date, line_item_line_item_type, product_servicecode, resource_tags_user_plan_id, resource_tags_user_tenant_id)',
    'period_state (period_start, state)',
  ],
  sql: `
select ${SERVICE} as "Service", 100.0 * count(*) filter (where not ${UNTAGGED}) / count(*) as value
from fact_cost_raw
join period_state on bill_billing_period_start_date = period_start::timestamp at time zone 'UTC' and state = 'open'
where ${TAGGABLE}
group by 1`,
});
