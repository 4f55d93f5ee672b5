import type { LookContext } from './definition.ts';

/** The oldest closed period that lacks an invoice; when none does, the newest closed one: there it shows. */
const SQL = `
select to_char(p.period_start, 'YYYY-MM') as period
from period_state p
cross join lateral (select exists (
  select from tenant_plan_binding b
  where b.period_start < p.period_start + interval '1 month' and coalesce(b.period_end, 'infinity') > p.period_start
    and b.status in ('active', 'expired')
    and not exists (select from invoice_header i
                    where i.tenant_id = b.tenant_id and i.period_start = p.period_start and i.status in ('issued', 'paid'))
) as missing) lacks
where p.state = 'closed'
order by missing desc, case when missing then p.period_start end, p.period_start desc limit 1`;

/** What an alarm on missing invoices is about. */
export async function oldestMissing({
  tools,
}: Omit<LookContext<never>, 'target'>): Promise<{ period: string } | undefined> {
  const { rows } = await tools.ledger.query<{ period: string }>(SQL);
  return rows[0];
}
