import * as z from 'zod';
import { Period, periodOf, periodStart } from '../../domain/billing-period.ts';
import { HOUR_MS } from '../../domain/milliseconds.ts';
import { list, moment, plural } from '../../domain/words.ts';
import { athenaPermissions } from './athena-query.ts';
import { ATHENA_EXAMPLE, athenaFigures, latest, type AthenaFigures } from './cost-copies.ts';
import {
  differencesOf,
  figuresOf,
  figuresSql,
  strayLines,
  type FigureRow,
  type Figures,
  type Times,
} from './cost-figures.ts';
import { curDelivery, Delivery, findDeliveries, isFrom } from './cur-delivery.ts';
import { defineProbe, type ProbeContext } from './definition.ts';

const HeldCopy = z.object({
  lines: z.int(),
  /** Decimal as text. */
  usd: z.string(),
  /** End of the newest `Usage` line of the month that has ended. */
  newest: z.iso.datetime().nullable(),
  /** SHA-256 of the manifest of the delivery that was loaded; null without lines. */
  digest: z.string().nullable(),
});

/** A month of costs that may be changed: what AWS delivered, and what both copies hold. */
export const MonthCosts = z.object({
  period: Period,
  delivery: Delivery,
  athena: HeldCopy,
  ledger: HeldCopy,
  /** Where the copies differ from each other or from what was loaded, the first few; empty: they agree. */
  differences: z.array(z.string()),
  /** Why the delivery is older than what is loaded; null when it is not. */
  older: z.string().nullable(),
});
export type MonthCosts = z.infer<typeof MonthCosts>;

/**
 * Months that may be changed and have begun, with their loads on record: when each delivery was loaded first, and how many
 * lines it had. $1 first day of the running month, $2 of the target's
 */
const MONTHS_SQL = `
select to_char(period_start, 'YYYY-MM') as period,
       (select coalesce(json_agg(load), '[]')
        from (select source_digest as digest, max(row_count)::int as lines, min(job_run.started_at) as "firstLoadedAt"
              from cur_ingestion_log log left join job_run using (run_id)
              where log.status = 'completed' and source_digest is not null and row_count is not null
                and log.period_start = period_state.period_start
              group by 1) load) as loads
from period_state
where state <> 'closed' and period_start <= $1::date and ($2::date is null or period_start = $2::date)
order by 1`.trim();

const MONTH = 'month.start';
const FIGURES_SQL = figuresSql({
  month: `to_char(${MONTH} at time zone 'UTC', 'YYYY-MM')`,
  where: `bill_billing_period_start_date = ${MONTH}`,
  digests: `held.digest as first_digest,
         case when count(*) filter (where source_digest <> held.digest) > 0 then held.digest || ' and another' else held.digest end as last_digest`,
});

/**
 * Month by month, each as by a statement of its own. The digest is of any line: a period is replaced as a whole. The newest
 * usage lies at the end of an index. $1 first moments of the months, $2 now
 */
const LEDGER_SQL = `
select figures.*, held."loadedAt", held.newest
from unnest($1::timestamptz[]) as month(start),
lateral (
  select source_digest as digest, ingested_at as "loadedAt",
         (select max(line_item_usage_end_date) from fact_cost_raw
          where line_item_line_item_type = 'Usage' and bill_billing_period_start_date = ${MONTH}
            and line_item_usage_end_date > ${MONTH}
            and line_item_usage_end_date <= least($2::timestamptz, ${MONTH} + interval '1 month')) as newest
  from fact_cost_raw
  where bill_billing_period_start_date = ${MONTH}
  limit 1) held,
lateral (
${FIGURES_SQL}) figures`.trim();

/** Differences that are named; the evidence has all figures. */
const NAMED = 2;

/** A job reads the manifest at most so long before it writes the lines. */
const LOAD_MS = HOUR_MS;

interface Load {
  readonly digest: string;
  readonly lines: number;
  /** Null where the job left no record of when it ran. */
  readonly firstLoadedAt: Date | null;
}

const probe = (of: { name: string; question: string; all: boolean }) =>
  defineProbe<{ period: string }, readonly MonthCosts[]>({
    name: of.name,
    question: of.question,
    queries: [MONTHS_SQL, LEDGER_SQL, ATHENA_EXAMPLE, ...curDelivery.queries],
    permissions: (settings) => [...curDelivery.permissions(settings), ...athenaPermissions(settings)],
    value: z.array(MonthCosts),
    run: (context) => readMonths(context, of.all),
    describe: describeMonths,
  });

/** What a job would work on. */
export const monthCosts = probe({
  name: 'month-costs',
  question: "Do both copies of the month's costs agree with each other, and with what was delivered?",
  all: false,
});

/** What the repair of the costs is proven by: each month that may still be changed. */
export const openMonthsCosts = probe({
  name: 'open-months-costs',
  question:
    'Do both copies of each month that is not closed agree with each other, and with what was delivered?',
  all: true,
});

async function readMonths(context: ProbeContext<{ period: string }>, all: boolean) {
  const { target, now, tools } = context;
  const months = await tools.ledger.query<{ period: string; loads: readonly LoadRow[] }>(MONTHS_SQL, [
    periodStart(periodOf(now)),
    all ? null : periodStart(target.period),
  ]);
  if (months.rows.length === 0) return { value: [], evidence: [months.evidence] };
  const periods = months.rows.map(({ period }) => period);
  const [ledger, athena, deliveries] = await Promise.all([
    tools.ledger.query<FigureRow & Times>(LEDGER_SQL, [
      periods.map((period) => `${periodStart(period)}T00:00:00Z`),
      now.toISOString(),
    ]),
    athenaFigures(context, periods),
    findDeliveries(context, periods),
  ]);
  const value = months.rows.map(({ period, loads }, i): MonthCosts => {
    const { value: delivery } = deliveries[i] as (typeof deliveries)[number];
    const of = <Row extends FigureRow>(rows: readonly Row[]) => rows.filter((row) => row.period === period);
    const copies = { athena: inAthena(of(athena.rows)), ledger: inLedger(of(ledger.rows)) };
    const logged = loads.map(({ firstLoadedAt: at, ...load }): Load => {
      return { ...load, firstLoadedAt: at === null ? null : new Date(at) };
    });
    const lines = new Map(logged.map((load) => [load.digest, load.lines]));
    return {
      period,
      delivery,
      athena: heldBy(copies.athena),
      ledger: heldBy(copies.ledger),
      differences: firstOf([
        ...strayLines(athena.rows, period, period === periodOf(now)),
        ...differencesOf(copies, lines),
      ]),
      older: whyOlder(delivery, copies, logged),
    };
  });
  const delivered = new Set(deliveries.flatMap(({ evidence }) => evidence));
  return { value, evidence: [months.evidence, ledger.evidence, athena.evidence, ...delivered] };
}

type LoadRow = Omit<Load, 'firstLoadedAt'> & { readonly firstLoadedAt: string | null };

const inLedger = (rows: readonly (FigureRow & Times)[]): Figures =>
  figuresOf(rows, { newest: rows[0]?.newest ?? null, loadedAt: rows[0]?.loadedAt ?? null });

const inAthena = (rows: readonly AthenaFigures[]): Figures =>
  figuresOf(rows, { newest: latest(rows, 'newest'), loadedAt: latest(rows, 'loaded') });

const heldBy = ({ lines, usd, newest, digests }: Figures): z.infer<typeof HeldCopy> => ({
  lines,
  usd,
  newest: newest?.toISOString() ?? null,
  digest: digests.at(-1) ?? null,
});

const firstOf = (differences: readonly string[]): string[] =>
  differences.length > NAMED
    ? [...differences.slice(0, NAMED), plural(differences.length - NAMED, 'more difference')]
    : [...differences];

/**
 * A report tells of no usage after it was written, and a job loads the newest that is there. So a delivery that neither
 * copy holds is older than a copy when it was written before usage that the copy has; when it was loaded before what the
 * copy holds was loaded first; or, of what no load is on record, when it was written well before the copy was loaded.
 */
export function whyOlder(
  delivery: Pick<Delivery, 'digest' | 'id' | 'writtenAt'>,
  copies: Readonly<Record<'athena' | 'ledger', Pick<Figures, 'digests' | 'newest' | 'loadedAt'>>>,
  loads: readonly Pick<Load, 'digest' | 'firstLoadedAt'>[],
): string | null {
  const { digest, writtenAt } = delivery;
  if (digest === null || writtenAt === null) return null;
  const firstLoad = (of: string | undefined): Date | null =>
    loads.find((load) => load.digest === of)?.firstLoadedAt ?? null;
  const written = new Date(writtenAt);
  const earlier = loads.find((load) => isFrom(load.digest, delivery))?.firstLoadedAt ?? null;
  for (const [name, { digests, newest, loadedAt }] of Object.entries(copies)) {
    if (digests.some((one) => isFrom(one, delivery))) continue;
    const copy = name === 'athena' ? 'Athena' : 'the ledger';
    if (newest && written <= newest)
      return `it was written ${moment(writtenAt)}, and ${copy} has usage up to ${moment(newest)}`;
    const later = firstLoad(digests.at(-1));
    if (earlier && later) {
      if (earlier < later)
        return `it was loaded ${moment(earlier)} already, and what ${copy} holds came after it, ${moment(later)}`;
    } else if (loadedAt && written.getTime() + LOAD_MS < loadedAt.getTime())
      return `it was written ${moment(writtenAt)}, and ${copy} was loaded from another one ${moment(loadedAt)}`;
  }
  return null;
}

function describeMonths(months: readonly MonthCosts[]): string {
  if (months.length === 0) return 'no month may be changed';
  return months
    .map(
      ({ period, athena, ledger, differences }) =>
        `${period}: ${differences.length > 0 ? list(differences) : `${athena.lines} lines in both`}` +
        `${athena.digest === ledger.digest ? '' : ', of different deliveries'}`,
    )
    .join('; ');
}
