import { dollars, percent } from '../../domain/words.ts';
import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { allocationCompared, isNothing, variancePct } from './allocation-comparison.ts';
import { ledgerProbe } from './ledger-probe.ts';

/** What a reconciliation would find now, and what is on record. */
export const ReconTotals = z.object({
  /** Decimals as text. */
  awsUsd: z.string(),
  allocatedUsd: z.string(),
  /** As people entered it. */
  overheadUsd: z.string(),
  invoicedUsd: z.string(),
  /** AWS charged nothing: nothing can be reconciled against it. */
  nothingCharged: z.boolean(),
  nothingAllocated: z.boolean(),
  /** Worst variance of the allocation alone, by service. */
  allocationPct: z.number().nullable(),
  /** Worst variance by service and as a whole, with the overhead. */
  worstPct: z.number().nullable(),
  /** The totals on record are outdated. */
  stale: z.boolean(),
});
export type ReconTotals = z.infer<typeof ReconTotals>;

/**
 * $1 first day of the period. The whole's overhead is the services', or else what was entered for the
 * whole.
 */
const SQL = `${allocationCompared('select $1::date as period_start').trim()},
known as (
  select service, aws_total_usd as aws, allocated_total_usd as allocated, operator_overhead_usd as overhead
  from recon_summary where period_start = $1::date
),
part as (
  select coalesce(compared."Service", known.service) as service, coalesce(compared.raw, 0) as raw,
         coalesce(compared.allocated, 0) as allocated, coalesce(known.overhead, 0) as overhead, compared.variance,
         known.service is null or abs(known.aws - coalesce(compared.raw, 0)) > 0.0000005
           or known.allocated <> coalesce(compared.allocated, 0) as stale
  from compared full join (select * from known where service is not null) known on known.service = compared."Service"
),
side as (
  select raw, allocated, overhead, variance, stale, false as whole from part
  union all
  select coalesce(sum(raw), 0), coalesce(sum(allocated), 0),
         case when coalesce(sum(overhead), 0) = 0
              then coalesce((select max(overhead) from known where service is null), 0) else sum(overhead) end,
         null, not exists (select from known where service is null), true
  from part
)
select max(raw) filter (where whole)::text as "awsUsd", max(allocated) filter (where whole)::text as "allocatedUsd",
       max(overhead) filter (where whole)::text as "overheadUsd",
       (select coalesce(sum(amount_usd), 0)::text from invoice_detail join invoice_header using (invoice_id)
        where period_start = $1::date and line_type = 'allocation' and status in ('issued', 'paid')) as "invoicedUsd",
       bool_and(${isNothing('raw')}) as "nothingCharged", bool_and(allocated = 0) as "nothingAllocated",
       max(variance)::float8 as "allocationPct",
       max(${variancePct('(allocated + overhead)', 'raw')})::float8 as "worstPct",
       bool_or(stale) as stale
from side`;

export const reconTotals = ledgerProbe<{ period: string }, ReconTotals, ReconTotals>({
  name: 'recon-totals',
  question: 'What did AWS charge, what is allocated and invoiced, as of now?',
  sql: SQL,
  values: ({ target }) => [periodStart(target.period)],
  value: ReconTotals,
  read: ([row]) => ReconTotals.parse(row),
  describe: ({ awsUsd, allocatedUsd, overheadUsd, invoicedUsd, worstPct, stale }) =>
    `charged ${dollars(awsUsd)}, allocated ${dollars(allocatedUsd)}, overhead ${dollars(overheadUsd)}, invoiced ${dollars(invoicedUsd)}; ` +
    `${worstPct === null ? 'nothing to compare' : `worst variance ${percent(worstPct)}`}; ` +
    (stale ? 'not what is on record' : 'as on record'),
});
