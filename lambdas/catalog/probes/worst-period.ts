import { allocationCompared, CHANGEABLE_PERIODS, TOLERANCE_PCT } from './allocation-comparison.ts';
import type { ProbeContext } from './definition.ts';
import { RECON_BY_PERIOD } from './recon-summary.ts';
import { TAGGABLE, UNTAGGED } from './tag-coverage.ts';

type Where = Omit<ProbeContext<never>, 'target'>;
type Found = Promise<{ period: string } | undefined>;

/** The period that is furthest off. */
const ALLOCATION = `${allocationCompared(CHANGEABLE_PERIODS)}
select "Period" as period from compared where variance > $1 order by variance desc, "Period" desc limit 1`;

/** The period that is furthest off; a closed one only if no other is, since it cannot be repaired. */
const RECONCILIATION = `
with judged as (${RECON_BY_PERIOD.trim()})
select to_char(period_start, 'YYYY-MM') as period
from (select distinct period_start from recon_summary where period_start <= $1::timestamptz) reconciled
left join judged on "Period" = to_char(period_start, 'YYYY-MM')
left join period_state using (period_start)
order by coalesce(value > $2, false) desc, state is not distinct from 'closed', value desc nulls last, period_start desc
limit 1`;

/** The open period with the lowest coverage. */
const TAGGING = `
select to_char(period_start, 'YYYY-MM') as period
from fact_cost_raw
join period_state on bill_billing_period_start_date = period_start::timestamp at time zone 'UTC' and state = 'open'
where ${TAGGABLE}
group by period_start
having count(*) filter (where ${UNTAGGED}) > 0
order by (count(*) filter (where ${UNTAGGED}))::numeric / count(*) desc, period_start desc
limit 1`;

async function worst({ tools }: Where, sql: string, values: readonly unknown[]): Found {
  const { rows } = await tools.ledger.query<{ period: string }>(sql, values);
  return rows[0] && { period: rows[0].period };
}

/** The targets of alarms on the worst of all periods. */
export const worstAllocation = (where: Where): Found => worst(where, ALLOCATION, [TOLERANCE_PCT]);
export const worstReconciliation = (where: Where): Found =>
  worst(where, RECONCILIATION, [where.now.toISOString(), TOLERANCE_PCT]);
export const worstTagging = (where: Where): Found => worst(where, TAGGING, []);
