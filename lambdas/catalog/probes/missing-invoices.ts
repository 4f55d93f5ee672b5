import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { ledgerProbe } from './ledger-probe.ts';

/** SQL: whether a tenant with a plan in the period of row `p` has no valid invoice for it. */
export const SOMEBODY_LACKS_ONE = `exists (
  select from tenant_plan_binding b
  where b.period_start < p.period_start + interval '1 month' and coalesce(b.period_end, 'infinity') > p.period_start
    and b.status in ('active', 'expired')
    and not exists (select from invoice_header i
                    where i.tenant_id = b.tenant_id and i.period_start = p.period_start and i.status in ('issued', 'paid')))`;

/** SQL: tenants with a plan in the period that begins at $1, without a valid invoice for it. */
export const MISSING = `
missing as (
  select b.tenant_id, max(i.status) as invoice
  from tenant_plan_binding b
  left join invoice_header i on i.tenant_id = b.tenant_id and i.period_start = $1::date
  where b.period_start < $1::date + interval '1 month' and coalesce(b.period_end, 'infinity') > $1::date
    and b.status in ('active', 'expired') and (i.status is null or i.status in ('open', 'void'))
  group by b.tenant_id
)`;

/** Of more tenants only the number is known, so that a run stays bounded. */
export const TENANTS_LISTED = 200;

const SQL = `
with ${MISSING}
select tenant_id as "tenantId", tenant.status as tenant, invoice, (count(*) over ())::int as count
from missing join tenant_master tenant using (tenant_id)
order by tenant_id limit ${TENANTS_LISTED}`;

const Tenant = z.object({
  tenantId: z.string(),
  tenant: z.enum(['active', 'suspended', 'closed']),
  /** Null: there is none. */
  invoice: z.enum(['open', 'void']).nullable(),
});

export const MissingInvoices = z.object({
  count: z.int(),
  /** The first, by id. */
  tenants: z.array(Tenant),
});
export type MissingInvoices = z.infer<typeof MissingInvoices>;

export const missingInvoices = ledgerProbe<
  { period: string },
  MissingInvoices,
  z.infer<typeof Tenant> & { count: number }
>({
  name: 'missing-invoices',
  question: 'Which tenants have no invoice of the period?',
  sql: SQL,
  values: ({ target }) => [periodStart(target.period)],
  printed: [`SELECT tenant_id, period_start, status FROM invoice_header WHERE status='open';`],
  value: MissingInvoices,
  read: (rows) => ({
    count: rows[0]?.count ?? 0,
    tenants: rows.map(({ tenantId, tenant, invoice }) => ({ tenantId, tenant, invoice })),
  }),
  describe: ({ count, tenants }) =>
    count === 0
      ? 'none'
      : `${count}: ${tenants
          .slice(0, 5)
          .map(({ tenantId, invoice }) => (invoice ? `${tenantId} (${invoice})` : tenantId))
          .join(', ')}${count > 5 ? ', …' : ''}`,
});
