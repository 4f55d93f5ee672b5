import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { errorCause } from '../../platform/error-cause.ts';
import { ledgerProbe } from './ledger-probe.ts';
import { MISSING, TENANTS_LISTED } from './missing-invoices.ts';

/**
 * Failures count from the last change of the emitter's inputs (the tenant's usage, the reconciliation,
 * the period's close): earlier ones may have had a cause that is gone.
 */
const SQL = `
with ${MISSING},
input as (
  select missing.tenant_id, greatest(
    (select max(last_updated_at) from usage_snapshot_daily usage
     where usage.tenant_id = missing.tenant_id
       and usage_date >= $1::date and usage_date < $1::date + interval '1 month'),
    (select max(created_at) from recon_summary where period_start = $1::date and service is null),
    (select changed_at from period_state where period_start = $1::date)) as changed_at
  from missing
)
select tenant_id as "tenantId", (count(*) filter (where status = 'failed' and coalesce(finished_at, started_at) <= $3::timestamptz and started_at >= changed_at))::int as failed,
       (array_agg(case when finished_at > $3::timestamptz then 'started' else status end order by started_at desc))[1] as last,
       (array_agg(result ->> 'error' order by started_at desc))[1] as error
from input
join job_run run using (tenant_id)
where run.job = $2 and run.period = to_char($1::date, 'YYYY-MM') and run.started_at <= $3::timestamptz
group by 1
order by 1 limit ${TENANTS_LISTED}`;

const Emitted = z.object({
  tenantId: z.string(),
  /** On the present inputs. */
  failed: z.int(),
  last: z.enum(['started', 'completed', 'failed']),
  /** The kind of the last run's error. */
  cause: z.string().nullable(),
});
export type Emitted = z.infer<typeof Emitted>;

export const emitterRuns = ledgerProbe<
  { period: string },
  Emitted[],
  Omit<Emitted, 'cause'> & { error: string | null }
>({
  name: 'emitter-runs',
  question: 'How did the emitter end for the tenants without an invoice?',
  sql: SQL,
  values: ({ target, settings, now }) => [
    periodStart(target.period),
    settings.estate.jobs.invoiceEmitter,
    now.toISOString(),
  ],
  value: z.array(Emitted),
  read: (rows) =>
    rows.map(({ error, ...run }) => ({ ...run, cause: run.last === 'failed' ? errorCause(error) : null })),
  describe: (tenants) =>
    tenants.length === 0
      ? 'it has not run for any of them'
      : tenants
          .slice(0, 5)
          .map(
            ({ tenantId, failed, last, cause }) =>
              `${tenantId} ${last}${cause ? ` (${cause})` : ''}, ${failed} failed on the present inputs`,
          )
          .join('; '),
});
