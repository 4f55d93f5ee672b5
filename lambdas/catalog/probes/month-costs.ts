import type { Athena } from '@aws-sdk/client-athena';
import * as z from 'zod';
import { Period, periodOf, periodStart } from '../../domain/billing-period.ts';
import { HOUR_MS } from '../../domain/milliseconds.ts';
import { list, moment, plural } from '../../domain/words.ts';
import type { Settings } from '../../platform/settings.ts';
import type { Evidence } from '../../domain/evidence.ts';
import { athenaPermissions, queryAthena } from './athena-query.ts';
import { athenaTime } from './cost-copies.ts';
import {
  differencesOf,
  figuresOf,
  figuresSql,
  NOTHING,
  type FigureRow,
  type Figures,
  type Times,
} from './cost-figures.ts';
import { curDelivery, Delivery, isFrom } from './cur-delivery.ts';
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

/** Months that may be changed and have begun. $1 first day of the running month, $2 of the target's */
const MONTHS_SQL = `
select to_char(period_start, 'YYYY-MM') as period from period_state
where state <> 'closed' and period_start <= $1::date and ($2::date is null or period_start = $2::date)
order by 1`.trim();

/** Loads on record of these months: when each delivery was loaded first, and how many lines it had. */
const LOADS_SQL = `
select to_char(period_start, 'YYYY-MM') as period, source_digest as digest, max(row_count)::int as lines,
       min(job_run.started_at) as "firstLoadedAt"
from cur_ingestion_log left join job_run using (run_id)
where cur_ingestion_log.status = 'completed' and source_digest is not null and row_count is not null
  and period_start = any($1::date[])
group by 1, 2`.trim();

/** Any line: a period is replaced as a whole. The newest usage lies at the end of an index. $1 first moment, $2 now */
const LOADED_SQL = `
select source_digest as digest, ingested_at as "loadedAt",
       (select max(line_item_usage_end_date) from fact_cost_raw
        where line_item_line_item_type = 'Usage' and bill_billing_period_start_date = $1::timestamptz
          and line_item_usage_end_date > $1::timestamptz
          and line_item_usage_end_date <= least($2::timestamptz, $1::timestamptz + interval '1 month')) as newest
from fact_cost_raw
where bill_billing_period_start_date = $1::timestamptz
limit 1`.trim();

/** $1 first moment of the month, $2 the digest of one of its lines */
const LEDGER_SQL = figuresSql({
  month: `to_char($1::timestamptz at time zone 'UTC', 'YYYY-MM')`,
  where: 'bill_billing_period_start_date = $1::timestamptz',
  digests: `$2::text as first_digest,
         case when count(*) filter (where source_digest <> $2::text) > 0 then $2::text || ' and another' else $2::text end as last_digest`,
});

const athenaSql = (period: string, now: Date): string =>
  figuresSql({
    month: 'period',
    where: `period = '${period}'`,
    digests: 'min(source_digest) as first_digest, max(source_digest) as last_digest',
    newest: {
      loaded: 'ingested_at',
      newest: `case when line_item_line_item_type = 'Usage'
              and line_item_usage_end_date <= TIMESTAMP '${now.toISOString().slice(0, 23).replace('T', ' ')}'
             then line_item_usage_end_date end`,
    },
  });

/** Differences that are named; the evidence has all figures. */
const NAMED = 2;

/** A job reads the manifest at most so long before it writes the lines. */
const LOAD_MS = HOUR_MS;

interface Load {
  readonly period: string;
  readonly digest: string;
  readonly lines: number;
  /** Null where the job left no record of when it ran. */
  readonly firstLoadedAt: Date | null;
}

const probe = (of: { name: string; question: string; all: boolean }) =>
  defineProbe<{ period: string }, readonly MonthCosts[]>({
    name: of.name,
    question: of.question,
    queries: [
      MONTHS_SQL,
      LOADS_SQL,
      LOADED_SQL,
      LEDGER_SQL,
      athenaSql('2025-09', new Date('2025-09-15T00:00:00Z')),
      ...curDelivery.queries,
    ],
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
  const months = await tools.ledger.query<{ period: string }>(MONTHS_SQL, [
    periodStart(periodOf(now)),
    all ? null : periodStart(target.period),
  ]);
  const periods = months.rows.map(({ period }) => period);
  if (periods.length === 0) return { value: [], evidence: [months.evidence] };
  const loads = await tools.ledger.query<Load>(LOADS_SQL, [periods.map(periodStart)]);
  const read = await Promise.all(
    periods.map((period) => readMonth({ ...context, target: { period } }, loads.rows)),
  );
  const evidence = [months.evidence, loads.evidence, ...read.flatMap((one) => one.evidence)];
  return { value: read.map(({ value }) => value), evidence };
}

async function readMonth(context: ProbeContext<{ period: string }>, loads: readonly Load[]) {
  const { target, now, settings, tools } = context;
  const { period } = target;
  const [ledger, athena, { value: delivery, evidence: delivered }] = await Promise.all([
    readLedger(context),
    readAthena(await tools.athena(), settings, period, now),
    curDelivery.run(context),
  ]);
  const copies = { athena: athena.figures, ledger: ledger.figures };
  const logged = loads.filter((load) => load.period === period);
  const value: MonthCosts = {
    period,
    delivery,
    athena: heldBy(copies.athena),
    ledger: heldBy(copies.ledger),
    differences: firstOf(differencesOf(copies, new Map(logged.map(({ digest, lines }) => [digest, lines])))),
    older: whyOlder(delivery, copies, logged),
  };
  return { value, evidence: [...ledger.evidence, ...athena.evidence, ...delivered] };
}

interface CopyRead {
  readonly figures: Figures;
  readonly evidence: readonly Evidence[];
}

async function readLedger({ target, now, tools }: ProbeContext<{ period: string }>): Promise<CopyRead> {
  const start = `${periodStart(target.period)}T00:00:00Z`;
  const loaded = await tools.ledger.query<Times & { digest: string }>(LOADED_SQL, [start, now.toISOString()]);
  const [any] = loaded.rows;
  if (!any) return { figures: NOTHING, evidence: [loaded.evidence] };
  const { rows, evidence } = await tools.ledger.query<FigureRow>(LEDGER_SQL, [start, any.digest]);
  return { figures: figuresOf(rows, any), evidence: [loaded.evidence, evidence] };
}

async function readAthena(client: Athena, settings: Settings, period: string, now: Date): Promise<CopyRead> {
  const { rows, evidence } = await queryAthena(client, settings, athenaSql(period, now));
  const latest = (column: string): Date | null => {
    const texts = rows.map((row) => row[column] ?? '').sort();
    const last = texts.at(-1);
    return last ? athenaTime(last) : null;
  };
  const times = { newest: latest('newest'), loadedAt: latest('loaded') };
  return {
    figures: figuresOf(rows as readonly unknown[] as readonly FigureRow[], times),
    evidence: [evidence],
  };
}

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
