import { allocationCompared, CHANGEABLE_PERIODS, TOLERANCE_PCT } from './allocation-comparison.ts';
import type { ProbeContext } from './definition.ts';
import { RECON_BY_PERIOD } from './recon-summary.ts';
import { TAGGABLE, UNTAGGED } from './tag-coverage.ts';

type Where = Omit<ProbeContext<never>, 'target'>;
type Found = Promise<readonly { period: string }[]>;

/** The periods that are off, the furthest first. */
const ALLOCATION = `${allocationCompared(CHANGEABLE_PERIODS)}
select "Period" as period from compared where variance > $1 group by 1 order by max(variance) desc, 1 desc`;

/** The periods that are off, the furthest first; closed ones last, since they cannot be repaired. If none is, the newest. */
const RECONCILIATION = `
with judged as (${RECON_BY_PERIOD.trim()})
, placed as (
  select to_char(period_start, 'YYYY-MM') as period, coalesce(value > $2, false) as off,
         row_number() over (order by coalesce(value > $2, false) desc, state is not distinct from 'closed',
                                     value desc nulls last, period_start desc) as place
  from (select distinct period_start from recon_summary where period_start <= $1::timestamptz) reconciled
  left join judged on "Period" = to_char(period_start, 'YYYY-MM')
  left join period_state using (period_start)
)
select period from placed where off or place = 1 order by place`;

/** The open periods with lines that lack a tag, the lowest coverage first. */
const TAGGING = `
select to_char(period_start, 'YYYY-MM') as period
from fact_cost_raw
join period_state on bill_billing_period_start_date = period_start::timestamp at time zone 'UTC' and state = 'open'
where ${TAGGABLE}
group by period_start
having count(*) filter (where ${UNTAGGED}) > 0
order by (count(*) filter (where ${UNTAGGED}))::numeric / count(*) desc, period_start desc`;

async function worst({ tools }: Where, sql: string, values: readonly unknown[]): Found {
  const { rows } = await tools.ledger.query<{ period: string }>(sql, values);
  return rows.map(({ period }) => ({ period }));
}

/** The targets of alarms that watch the worst of all periods. */
export const worstAllocation = (where: Where): Found => worst(where, ALLOCATION, [TOLERANCE_PCT]);
export const worstReconciliation = (where: Where): Found =>
  worst(where, RECONCILIATION, [where.now.toISOString(), TOLERANCE_PCT]);
export const worstTagging = (where: Where): Found => worst(where, TAGGING, []);
