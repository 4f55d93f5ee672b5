import * as z from 'zod';
import { Period, periodOf, periodStart, shiftPeriod } from '../../domain/billing-period.ts';
import { athenaPermissions, queryAthena } from './athena-query.ts';
import { curDelivery } from './cur-delivery.ts';
import { defineProbe } from './definition.ts';

/** Months that may be changed, with the delivery that each was loaded from. */
const LEDGER_SQL = `
select to_char(period_start, 'YYYY-MM') as period,
       (select source_digest from fact_cost_raw
        where bill_billing_period_start_date = period_start::timestamp at time zone 'UTC' limit 1) as digest
from period_state
where period_start = any($1::date[]) and state <> 'closed'
order by 1`.trim();

const athenaSql = (periods: readonly string[]): string =>
  `
SELECT period, MAX(source_digest) AS digest
FROM fact_cost_raw
WHERE period IN (${periods.map((period) => `'${period}'`).join(', ')})
GROUP BY period`.trim();

/**
 * The months beside the target's whose complete delivery is not in both copies. Costs that end before the turn of a month
 * are missing from both months, and the freshness of the newest line tells only of one.
 */
export const monthsNotLoaded = defineProbe<{ period: string }, readonly string[]>({
  name: 'months-not-loaded',
  question: 'Is the delivery of the month before or after not loaded either?',
  queries: [LEDGER_SQL, athenaSql(['2025-08', '2025-10']), ...curDelivery.queries],
  permissions: (settings) => [...curDelivery.permissions(settings), ...athenaPermissions(settings)],
  value: z.array(Period),
  async run(context) {
    const { target, now, settings, tools } = context;
    const beside = [-1, 1].map((months) => shiftPeriod(target.period, months));
    const begun = beside.filter((period) => period <= periodOf(now));
    const ledger = await tools.ledger.query<{ period: string; digest: string | null }>(LEDGER_SQL, [
      begun.map(periodStart),
    ]);
    if (ledger.rows.length === 0) return { value: [], evidence: [ledger.evidence] };
    const periods = ledger.rows.map(({ period }) => period);
    const athena = await queryAthena(await tools.athena(), settings, athenaSql(periods));
    const deliveries = await Promise.all(
      periods.map((period) => curDelivery.run({ ...context, target: { period } })),
    );
    const value = ledger.rows.flatMap(({ period, digest }, i) => {
      const delivered = deliveries[i]?.value;
      if (!delivered?.manifest || delivered.bytes === 0 || delivered.missingCount > 0) return [];
      const copies = [digest, athena.rows.find((row) => row['period'] === period)?.['digest']];
      return copies.every((copy) => copy === delivered.digest) ? [] : [period];
    });
    const evidence = [ledger.evidence, athena.evidence, ...deliveries.flatMap((one) => one.evidence)];
    return { value, evidence };
  },
  describe: (months) => (months.length === 0 ? 'no' : `${months.join(' and ')} is delivered, but not loaded`),
});
