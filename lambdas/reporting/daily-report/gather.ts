import type { Ledger, Queryable } from '../../platform/ledger/queryable.ts';
import { transaction } from '../../platform/ledger/transaction.ts';
import { SEVERITIES } from '../../domain/decision.ts';
import type { Settings } from '../../platform/settings.ts';
import { dayOf, shiftDate, type Day } from '../../platform/calendar.ts';
import { ReportFigures, type Cost } from './figures.ts';
import type { CloudUse } from './cloud-use.ts';
import * as sql from './questions.ts';

/** Days that the charts look back over. */
const TREND_DAYS = 14;

type Told = Pick<Settings, 'people' | 'prices' | 'limits'>;

/**
 * The figures of a day, all from one snapshot of the ledger.
 * @param now when the report is written
 * @param use what CloudWatch and Athena know of the day
 * @throws when the ledger is away, or answers in another shape than promised
 */
export async function gatherFigures(
  pool: Ledger,
  { day, now, use, settings }: { day: Day; now: Date; use: CloudUse; settings: Told },
): Promise<ReportFigures> {
  const asked = (client: Queryable) => ask(client, day, now, use, settings);
  return ReportFigures.parse(await transaction(pool, asked, 'snapshot'));
}

async function ask(client: Queryable, day: Day, now: Date, use: CloudUse, settings: Told): Promise<unknown> {
  const of = (question: string, ...more: unknown[]) =>
    answer(client, question, [day.from, day.until, ...more]);
  const money = (await of(sql.MONEY)) as ReportFigures['money']['byPlaybook'];
  const sums = [money.map(({ atRisk }) => atRisk), money.map(({ repaired }) => repaired)];
  const counted = (await of(sql.OPERATIONS)) as Omit<Cost['operations'], 'usd'>;
  return {
    day,
    incidents: await of(sql.INCIDENTS),
    severities: await of(sql.SEVERITIES),
    runs: await of(sql.RUNS),
    atWork: await answer(client, sql.AT_WORK, [day.until]),
    money: { ...((await answer(client, sql.SUM, sums)) as object), byPlaybook: money },
    refused: await of(sql.REFUSED),
    approvals: await of(sql.APPROVALS),
    told: await of(sql.TOLD),
    exhausted: await of(sql.EXHAUSTED, laddersOf(settings)),
    postmortems: {
      signed: await of(sql.SIGNED),
      unsigned: await of(sql.POSTMORTEMS, settings.people.postmortem.escalateHours),
    },
    cost: await priced(client, counted, use, settings),
    trend: await trendOf(client, day),
    now: {
      at: now.toISOString(),
      initialTrust: settings.limits.trust.initial,
      ...((await answer(client, sql.STANDING, [day.until])) as object),
    },
  };
}

async function answer(client: Queryable, question: string, values: unknown[]): Promise<unknown> {
  const { rows } = await client.query<{ answer: unknown }>(question, values);
  return rows[0]?.answer;
}

const laddersOf = ({ people }: Told): string =>
  JSON.stringify(
    Object.fromEntries(
      SEVERITIES.map((severity) => {
        const { rungs, acknowledgeMinutes } = people.ladders[severity];
        return [severity, { rungs: rungs.length, minutes: acknowledgeMinutes }];
      }),
    ),
  );

async function trendOf(client: Queryable, { date, zone }: Day): Promise<unknown> {
  const days = Array.from({ length: TREND_DAYS }, (_, i) => dayOf(shiftDate(date, i + 1 - TREND_DAYS), zone));
  const begins = days.map(({ from }) => from);
  return answer(client, sql.TREND, [days.map((one) => one.date), begins, days.map(({ until }) => until)]);
}

/** SQL reckons: money is never a float here. */
async function priced(
  client: Queryable,
  operations: Omit<Cost['operations'], 'usd'>,
  { lambda, athena }: CloudUse,
  { prices }: Told,
): Promise<Cost> {
  const usd = (await answer(client, sql.COST, [
    operations.count,
    lambda?.invocations ?? null,
    lambda?.gbSeconds ?? null,
    athena?.chargedBytes ?? null,
    prices.durablePerMillionOperations,
    prices.lambdaPerMillionRequests,
    prices.lambdaPerGbSecond,
    prices.athenaPerTb,
  ])) as Record<'operations' | 'total', string> & Record<'lambda' | 'athena', string | null>;
  return {
    operations: { ...operations, usd: usd.operations },
    lambda: lambda && usd.lambda !== null ? { ...lambda, usd: usd.lambda } : null,
    athena: athena && usd.athena !== null ? { ...athena, usd: usd.athena } : null,
    usd: usd.total,
  };
}
