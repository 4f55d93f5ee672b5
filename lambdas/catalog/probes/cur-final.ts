import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { ledgerProbe } from './ledger-probe.ts';

/** Whether AWS's report of a period is complete. */
export const CurFinal = z.object({
  /** The month is over, and usage to its end is reported. */
  final: z.boolean(),
  /** End of the newest usage of the period. */
  newest: z.string().nullable(),
});
export type CurFinal = z.infer<typeof CurFinal>;

const SQL = `
select to_char(max(line_item_usage_end_date) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as newest,
       coalesce(max(line_item_usage_end_date) >= ($1::date + interval '1 month')::timestamp at time zone 'UTC', false)
       and ($1::date + interval '1 month')::timestamp at time zone 'UTC' <= $2::timestamptz
       and coalesce((select state from period_state where period_start = $1::date), 'open') <> 'open' as final
from fact_cost_raw
where bill_billing_period_start_date = $1::date::timestamp at time zone 'UTC' and line_item_line_item_type = 'Usage'`.trim();

export const curFinal = ledgerProbe<{ period: string }, CurFinal, CurFinal>({
  name: 'cur-final',
  question: 'Has AWS reported usage to the end of the period?',
  sql: SQL,
  values: ({ target, now }) => [periodStart(target.period), now.toISOString()],
  value: CurFinal,
  read: ([row]) => row ?? { final: false, newest: null },
  describe: ({ final, newest }) =>
    `${final ? 'final' : 'not final'}; newest usage ended ${newest ?? 'never'}`,
});
