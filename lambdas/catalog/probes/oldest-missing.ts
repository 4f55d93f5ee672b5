import type { ProbeContext } from './definition.ts';
import { SOMEBODY_LACKS_ONE } from './missing-invoices.ts';

/** The closed periods without an invoice, the oldest first; if none is missing, the newest closed one. */
const SQL = `
with closed as (
  select p.period_start, missing,
         row_number() over (order by missing desc, case when missing then p.period_start end, p.period_start desc) as place
  from period_state p
  cross join lateral (select ${SOMEBODY_LACKS_ONE} as missing) one
  where p.state = 'closed'
)
select to_char(period_start, 'YYYY-MM') as period from closed where missing or place = 1 order by place`;

/** The targets of an alarm on missing invoices. */
export async function oldestMissing({
  tools,
}: Omit<ProbeContext<never>, 'target'>): Promise<readonly { period: string }[]> {
  const { rows } = await tools.ledger.query<{ period: string }>(SQL);
  return rows;
}
