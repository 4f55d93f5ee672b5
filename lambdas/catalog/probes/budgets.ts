import { number } from '../../domain/words.ts';
import * as z from 'zod';
import { ledgerProbe } from './ledger-probe.ts';

/** The objective: refreshed daily. */
export const STALE_HOURS = 24;
/** The counts are complete. */
export const IDS_KEPT = 20;

/**
 * SQL: of an open month. What is over is history, and what is prepared for a coming month waits until it opens. The
 * running month counts although the ledger does not know its state. $1 now
 */
export const CURRENT_BUDGET = `coalesce(
  (select state = 'open' from period_state where to_char(period_start, 'YYYY-MM') = budget_master.period),
  budget_master.period = to_char($1::timestamptz at time zone 'UTC', 'YYYY-MM'))`;

/**
 * SQL: hours since a budget was refreshed. One that never was is as old as its month; no moment, none that a
 * calendar has, and none that has been is never. $1 now
 */
export const BUDGET_HOURS = `extract(epoch from $1::timestamptz - case
  when isfinite(last_refreshed_at) and last_refreshed_at <= $1::timestamptz + interval '1 hour' then last_refreshed_at
  else to_date(budget_master.period, 'YYYY-MM')::timestamp at time zone 'UTC' end) / 3600`;

/** Budgets of open months. */
export const Budgets = z.object({
  budgets: z.int(),
  /** Null: unknown, as it is without budgets. */
  oldestHours: z.number().nullable(),
  /** Refreshed more than 24 hours ago. */
  stale: z.int(),
  ids: z.array(z.string()).max(IDS_KEPT),
  /** Stale ones that no refresh reaches: tenant gone or closed, plan gone, or month unknown. */
  unreachable: z.int(),
  unreachableIds: z.array(z.string()).max(IDS_KEPT),
});
export type Budgets = z.infer<typeof Budgets>;

const RUNBOOK_SQL = 'SELECT budget_id, last_refreshed_at FROM budget_master ORDER BY last_refreshed_at ASC;';

const SQL = `
with budget as (
  select budget_id as id, ${BUDGET_HOURS} as hours,
         exists (select from period_state
                 where state = 'open' and to_char(period_start, 'YYYY-MM') = budget_master.period)
         and case scope_type
               when 'tenant' then exists (select from tenant_master where tenant_id = scope_ref and status <> 'closed')
               when 'plan' then exists (select from plan_master where plan_code = scope_ref)
               else true end as reachable
  from budget_master
  where ${CURRENT_BUDGET}
),
stale as (select * from budget where hours > $2)
select (select count(*)::int from budget) as budgets,
       (select max(hours)::float8 from budget) as "oldestHours",
       count(*)::int as stale,
       coalesce((array_agg(id order by hours desc, id))[1:${IDS_KEPT}], '{}') as ids,
       (count(*) filter (where not reachable))::int as unreachable,
       coalesce((array_agg(id order by hours desc, id) filter (where not reachable))[1:${IDS_KEPT}], '{}') as "unreachableIds"
from stale`.trim();

export const budgetAges = ledgerProbe<unknown, Budgets, Budgets & Record<string, unknown>>({
  name: 'budgets',
  question: 'Which budgets are stale, and does what they are for still exist?',
  sql: SQL,
  values: ({ now }) => [now.toISOString(), STALE_HOURS],
  printed: [RUNBOOK_SQL],
  value: Budgets,
  read: ([row]) =>
    row ?? { budgets: 0, oldestHours: null, stale: 0, ids: [], unreachable: 0, unreachableIds: [] },
  describe: describeBudgets,
});

export function describeBudgets({ budgets, oldestHours, stale, unreachable }: Budgets): string {
  if (budgets === 0) return 'there are no budgets';
  const gone = unreachable > 0 ? `, ${unreachable} of them out of a refresh's reach` : '';
  const oldest = oldestHours === null ? 'is of unknown age' : `${number(oldestHours)} hours`;
  return `${stale} of ${budgets} budgets stale${gone}; the oldest ${oldest} (limit ${STALE_HOURS} hours)`;
}
