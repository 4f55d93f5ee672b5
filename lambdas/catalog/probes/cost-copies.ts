import { moment, number } from '../../domain/words.ts';
import { DAY_MS } from '../../domain/milliseconds.ts';
import * as z from 'zod';
import { periodOf, periodStart, shiftPeriod } from '../../domain/billing-period.ts';
import { athenaPermissions, queryAthena } from './athena-query.ts';
import { asPrinted } from './as-printed.ts';
import { figuresSql, type FigureRow } from './cost-figures.ts';
import type { Evidence } from '../../domain/evidence.ts';
import { askedOnce, defineProbe, type ProbeContext } from './definition.ts';

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

/** Any line of the month: a period is replaced as a whole. */
const LEDGER_SQL = `
select (${LEDGER_NEWEST_SQL}) as newest,
       (select source_digest from fact_cost_raw
        where bill_billing_period_start_date = $2::timestamptz limit 1) as digest`.trim();

/** Older partitions cannot make the report fresh; the scan stays small without them. */
const PARTITIONS_LOOKED_AT = 3;

const oldestLookedAt = (now: Date): string => shiftPeriod(periodOf(now), 1 - PARTITIONS_LOOKED_AT);

const momentInAthena = (now: Date): string =>
  `TIMESTAMP '${now.toISOString().slice(0, 23).replace('T', ' ')}'`;

/** Figures of each month that can be fresh, and of those that are named, with the newest usage in each. */
function athenaSql(now: Date, periods: readonly string[]): string {
  const named = periods.map((period) => ` or period = '${period}'`).join('');
  return figuresSql({
    month: 'period',
    where: `period >= '${oldestLookedAt(now)}'${named}`,
    digests: 'min(source_digest) as first_digest, max(source_digest) as last_digest',
    newest: {
      loaded: 'ingested_at',
      newest: `case when line_item_line_item_type = 'Usage'
              and line_item_usage_end_date <= ${momentInAthena(now)}
             then line_item_usage_end_date end`,
    },
  });
}

/** As people would type it. */
export const ATHENA_EXAMPLE = athenaSql(new Date('2025-09-15T00:00:00Z'), ['2025-09']);

export type AthenaFigures = FigureRow & Readonly<Record<'loaded' | 'newest', string | null>>;

/** What Athena holds of the target's month and of the others that are named, asked once where several probes ask. */
export async function athenaFigures(
  { target, now, settings, tools, once = askedOnce() }: ProbeContext<{ period: string }>,
  others: readonly string[] = [],
): Promise<{ rows: readonly AthenaFigures[]; evidence: Evidence }> {
  // Those that are looked at in any case need no name: then it is one statement for all callers.
  const older = others.filter((period) => period < oldestLookedAt(now) && period !== target.period);
  const sql = athenaSql(now, [target.period, ...older]);
  const { rows, evidence } = await once(sql, async () => queryAthena(await tools.athena(), settings, sql));
  return { rows: rows as readonly unknown[] as readonly AthenaFigures[], evidence };
}

/** The latest of a column's timestamps. */
export function latest(rows: readonly AthenaFigures[], column: 'loaded' | 'newest'): Date | null {
  const last = rows
    .map((row) => row[column] ?? '')
    .sort()
    .at(-1);
  return last ? athenaTime(last) : null;
}

/** The newest usage of each month that can be fresh, and of the others that are named, with the delivery that it holds, and its lines. */
export function athenaMonthsSql(now: Date, others: readonly string[]): string {
  const named = others.map((period) => ` OR period = '${period}'`).join('');
  return `
SELECT period, MAX(source_digest) AS digest, COUNT(*) AS lines,
       MAX(CASE WHEN line_item_line_item_type = 'Usage' AND line_item_usage_end_date <= ${momentInAthena(now)}
                THEN line_item_usage_end_date END) AS newest
FROM fact_cost_raw
WHERE period >= '${oldestLookedAt(now)}'${named}
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
    queries: [...(printed ? [RUNBOOK_SQL] : []), LEDGER_SQL],
    permissions: () => [],
    value: Copy,
    async run({ target, now, tools }) {
      const { rows, evidence } = await tools.ledger.query<{ newest: Date | null; digest: string | null }>(
        LEDGER_SQL,
        [now.toISOString(), `${periodStart(target.period)}T00:00:00Z`],
      );
      const runbook = printed
        ? [await asPrinted('ledger', RUNBOOK_SQL, () => tools.ledger.query(RUNBOOK_SQL))]
        : [];
      const value = copyOf(rows[0]?.newest ?? null, rows[0]?.digest ?? null, now);
      return { value, evidence: [evidence, ...runbook] };
    },
    describe: describeCopy,
  });

const inAthena = ({ name, printed }: Printed) =>
  defineProbe<{ period: string }, Copy>({
    name,
    question: "How fresh is Athena's copy of the costs?",
    queries: [...(printed ? [RUNBOOK_SQL] : []), ATHENA_EXAMPLE],
    permissions: athenaPermissions,
    value: Copy,
    async run(context) {
      const { target, now, settings, tools } = context;
      const [{ rows, evidence }, ...runbook] = await Promise.all([
        athenaFigures(context),
        ...(printed
          ? [
              asPrinted('athena', RUNBOOK_SQL, async () =>
                queryAthena(await tools.athena(), settings, RUNBOOK_SQL),
              ),
            ]
          : []),
      ]);
      const digest = rows.filter(({ period }) => period === target.period).map((row) => row.last_digest);
      const value = copyOf(latest(rows, 'newest'), digest.sort().at(-1) ?? null, now);
      return { value, evidence: [evidence, ...runbook] };
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
