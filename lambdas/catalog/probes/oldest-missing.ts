import type { ProbeContext } from './definition.ts';
import { SOMEBODY_LACKS_ONE } from './missing-invoices.ts';

/** The oldest closed period without an invoice, or the newest closed one. */
const SQL = `
select to_char(p.period_start, 'YYYY-MM') as period
from period_state p
cross join lateral (select ${SOMEBODY_LACKS_ONE} as missing) lacks
where p.state = 'closed'
order by missing desc, case when missing then p.period_start end, p.period_start desc limit 1`;

/** The target of an alarm on missing invoices. */
export async function oldestMissing({
  tools,
}: Omit<ProbeContext<never>, 'target'>): Promise<{ period: string } | undefined> {
  const { rows } = await tools.ledger.query<{ period: string }>(SQL);
  return rows[0];
}
