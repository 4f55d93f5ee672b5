import { dollars, percent } from '../../domain/words.ts';
import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { allocationCompared, isNothing, TOLERANCE_PCT } from './allocation-comparison.ts';
import { ledgerProbe } from './ledger-probe.ts';

const Service = z.object({
  service: z.string(),
  /** Decimals as text. */
  rawUsd: z.string(),
  allocatedUsd: z.string(),
  pct: z.number(),
  /** None although it cost something: its allocation is missing. */
  rows: z.int(),
  /** The usage has a negative cost, which no credit explains. */
  negativeUsage: z.boolean(),
});

export const AllocationTotals = z.object({
  services: z.int(),
  lines: z.int(),
  rawUsd: z.string(),
  allocatedUsd: z.string(),
  /** No service cost anything: a re-run would delete the whole allocation. */
  nothingCharged: z.boolean(),
  /** The worst variance of a service; null when nothing was charged and nothing allocated. */
  worstPct: z.number().nullable(),
  affectedCount: z.int(),
  /** Services over the tolerance, the worst first, at most 20. */
  affected: z.array(Service),
});
export type AllocationTotals = z.infer<typeof AllocationTotals>;

const NAMED = 20;

const SQL = `${allocationCompared('select $1::date as period_start').trim()}
select "Service" as service, raw::text as "rawUsd", allocated::text as "allocatedUsd", variance::float8 as pct,
       rows::int as rows, usage < 0 as "negativeUsage", sum(lines) over ()::int as lines,
       bool_and(${isNothing('raw')}) over () as "nothingCharged", sum(raw) over ()::text as "rawTotal", sum(allocated) over ()::text as "allocatedTotal"
from compared
order by variance desc nulls last, service`;

interface Row extends Omit<z.infer<typeof Service>, 'pct'> {
  readonly pct: number | null;
  readonly lines: number;
  readonly nothingCharged: boolean;
  readonly rawTotal: string;
  readonly allocatedTotal: string;
}

/** Both decides and proves a repair of the allocation. */
export const allocationTotals = ledgerProbe<{ period: string }, AllocationTotals, Row & object>({
  name: 'allocation-totals',
  question: 'Does the allocation of each service add up to what AWS charged for it?',
  sql: SQL,
  values: ({ target }) => [periodStart(target.period)],
  printed: [
    "SELECT service, variance_pct FROM recon_summary WHERE status='warning';",
    "SELECT * FROM recon_exceptions WHERE category='Allocation';",
  ],
  value: AllocationTotals,
  read: (rows) => {
    const affected = rows.flatMap(({ pct, service, rawUsd, allocatedUsd, rows, negativeUsage }) =>
      pct !== null && pct > TOLERANCE_PCT
        ? [{ service, rawUsd, allocatedUsd, pct, rows, negativeUsage }]
        : [],
    );
    return {
      services: rows.length,
      lines: rows[0]?.lines ?? 0,
      rawUsd: rows[0]?.rawTotal ?? '0',
      allocatedUsd: rows[0]?.allocatedTotal ?? '0',
      nothingCharged: rows[0]?.nothingCharged ?? true,
      worstPct: rows[0]?.pct ?? null,
      affectedCount: affected.length,
      affected: affected.slice(0, NAMED),
    };
  },
  describe: ({ services, lines, rawUsd, allocatedUsd, worstPct, affectedCount, affected }) => {
    const worst = worstPct === null ? 'nothing to compare' : `worst variance ${percent(worstPct)}`;
    const missing = affected.filter(({ rows }) => rows === 0).length;
    return (
      `${worst}, ${affectedCount} of ${services} services over ${TOLERANCE_PCT} %` +
      (missing > 0 ? `, ${missing} of them not allocated at all` : '') +
      `; allocated ${dollars(allocatedUsd)} of ${dollars(rawUsd)} from ${lines} cost lines`
    );
  },
});
