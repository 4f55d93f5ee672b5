import { moment, number } from '../../domain/words.ts';
import { DAY_MS } from '../../domain/milliseconds.ts';
import * as z from 'zod';
import { periodOf, periodStart, shiftPeriod } from '../../domain/billing-period.ts';
import { athenaPermissions, queryAthena } from './athena-query.ts';
import { asPrinted } from './as-printed.ts';
import { defineProbe } from './definition.ts';

/** One copy of `fact_cost_raw`: its freshness over all periods, and which delivery of the target it holds. */
export const Copy = z.object({
  /** End of the newest `Usage` line that has ended: Tax lines end in the future. */
  newest: z.iso.datetime().nullable(),
  /** Age of `newest` in days, not rounded; null when there is no line. */
  days: z.number().nullable(),
  /** SHA-256 of the manifest of the delivery that was loaded. */
  digest: z.string().nullable(),
});
export type Copy = z.infer<typeof Copy>;

/** The runbook's statement, as evidence only: it counts Tax lines of the future. */
const RUNBOOK_SQL = 'SELECT MAX(line_item_usage_end_date) FROM fact_cost_raw;';

export const LEDGER_NEWEST_SQL = `
select max(line_item_usage_end_date) as newest
from fact_cost_raw
where line_item_line_item_type = 'Usage' and line_item_usage_end_date <= $1::timestamptz`.trim();

/** Any line: a period is replaced as a whole. */
const LEDGER_PERIOD_SQL = `
select source_digest as digest
from fact_cost_raw
where bill_billing_period_start_date = $1::timestamptz
limit 1`.trim();

/** Older partitions cannot make the report fresh; the scan stays small without them. */
const PARTITIONS_LOOKED_AT = 3;

function athenaFreshnessSql(now: Date, period: string): string {
  const oldest = shiftPeriod(periodOf(now), 1 - PARTITIONS_LOOKED_AT);
  const moment = now.toISOString().slice(0, 23).replace('T', ' ');
  return `
SELECT MAX(CASE WHEN line_item_line_item_type = 'Usage' AND line_item_usage_end_date <= TIMESTAMP '${moment}'
                THEN line_item_usage_end_date END) AS newest,
       MAX(CASE WHEN period = '${period}' THEN source_digest END) AS digest
FROM fact_cost_raw
WHERE period >= '${oldest}' OR period = '${period}'`.trim();
}

/** The same of each month that can be fresh, and of the others that are named, with the delivery that it holds. */
export function athenaMonthsSql(now: Date, others: readonly string[]): string {
  const oldest = shiftPeriod(periodOf(now), 1 - PARTITIONS_LOOKED_AT);
  const moment = now.toISOString().slice(0, 23).replace('T', ' ');
  const named = others.map((period) => ` OR period = '${period}'`).join('');
  return `
SELECT period, MAX(source_digest) AS digest,
       MAX(CASE WHEN line_item_line_item_type = 'Usage' AND line_item_usage_end_date <= TIMESTAMP '${moment}'
                THEN line_item_usage_end_date END) AS newest
FROM fact_cost_raw
WHERE period >= '${oldest}'${named}
GROUP BY period`.trim();
}

/** The runbook's statement reads every line; the proof of a repair goes without it. */
interface Printed {
  readonly name: string;
  readonly printed: boolean;
}

const inLedger = ({ name, printed }: Printed) =>
  defineProbe<{ period: string }, Copy>({
    name,
    question: "How fresh is the ledger's copy of the costs?",
    queries: [...(printed ? [RUNBOOK_SQL] : []), LEDGER_NEWEST_SQL, LEDGER_PERIOD_SQL],
    permissions: () => [],
    value: Copy,
    async run({ target, now, tools }) {
      const newest = await tools.ledger.query<{ newest: Date | null }>(LEDGER_NEWEST_SQL, [
        now.toISOString(),
      ]);
      const period = await tools.ledger.query<{ digest: string | null }>(LEDGER_PERIOD_SQL, [
        `${periodStart(target.period)}T00:00:00Z`,
      ]);
      const runbook = printed
        ? [await asPrinted('ledger', RUNBOOK_SQL, () => tools.ledger.query(RUNBOOK_SQL))]
        : [];
      const value = copyOf(newest.rows[0]?.newest ?? null, period.rows[0]?.digest ?? null, now);
      return { value, evidence: [newest.evidence, period.evidence, ...runbook] };
    },
    describe: describeCopy,
  });

const inAthena = ({ name, printed }: Printed) =>
  defineProbe<{ period: string }, Copy>({
    name,
    question: "How fresh is Athena's copy of the costs?",
    queries: [
      ...(printed ? [RUNBOOK_SQL] : []),
      athenaFreshnessSql(new Date('2025-09-15T00:00:00Z'), '2025-09'),
    ],
    permissions: athenaPermissions,
    value: Copy,
    async run({ target, now, settings, tools }) {
      const athena = await tools.athena();
      const [complete, ...runbook] = await Promise.all([
        queryAthena(athena, settings, athenaFreshnessSql(now, target.period)),
        ...(printed
          ? [asPrinted('athena', RUNBOOK_SQL, () => queryAthena(athena, settings, RUNBOOK_SQL))]
          : []),
      ]);
      const { newest, digest } = complete.rows[0] ?? {};
      const value = copyOf(newest ? athenaTime(newest) : null, digest ?? null, now);
      return { value, evidence: [complete.evidence, ...runbook] };
    },
    describe: describeCopy,
  });

export const ledgerCopy = inLedger({ name: 'ledger-copy', printed: true });
export const ledgerAge = inLedger({ name: 'ledger-age', printed: false });
export const athenaCopy = inAthena({ name: 'athena-copy', printed: true });
export const athenaAge = inAthena({ name: 'athena-age', printed: false });

/** Athena prints timestamps without a zone: `2026-11-22 06:00:00.000`, UTC by this domain's rule. */
export const athenaTime = (text: string): Date => new Date(`${text.replace(' UTC', '').replace(' ', 'T')}Z`);

function copyOf(newest: Date | null, digest: string | null, now: Date): Copy {
  const days = newest && (now.getTime() - newest.getTime()) / DAY_MS;
  return { newest: newest?.toISOString() ?? null, days, digest };
}

function describeCopy({ newest, days }: Copy): string {
  if (newest === null || days === null) return 'no usage line at all';
  return `${number(days)} days old (newest usage ended ${moment(newest)})`;
}
