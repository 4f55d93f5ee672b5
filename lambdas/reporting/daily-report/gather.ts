import { firstRow, type Ledger, type Queryable } from '../../platform/ledger/queryable.ts';
import { transaction } from '../../platform/ledger/transaction.ts';
import type { Settings } from '../../platform/settings.ts';
import { dayOf, shiftDate, type Day } from '../../platform/calendar.ts';
import { ReportFigures, type Cost } from './figures.ts';
import type { CloudUse } from './cloud-use.ts';
import { figuresOfDay } from '../../record/day-figures.ts';
import { standingsOf, switchesOf } from '../../record/standing-orders.ts';

const TREND_DAYS = 14;

type Told = Pick<Settings, 'people' | 'prices' | 'limits'>;

/**
 * A day's figures, from one snapshot of the ledger.
 * @param now when the report is written
 * @param use what CloudWatch and Athena know of the day
 * @throws when the ledger is unavailable, or answers in an unexpected shape
 */
export async function gatherFigures(
  pool: Ledger,
  { day, now, use, settings }: { day: Day; now: Date; use: CloudUse; settings: Told },
): Promise<ReportFigures> {
  const asked = (on: Queryable) => ask(on, day, now, use, settings);
  return ReportFigures.parse(await transaction(pool, asked, 'snapshot'));
}

async function ask(on: Queryable, day: Day, now: Date, use: CloudUse, settings: Told): Promise<unknown> {
  const { people, limits } = settings;
  const { money, operations, since, ...figures } = await figuresOfDay(on, {
    day,
    trend: Array.from({ length: TREND_DAYS }, (_, i) =>
      dayOf(shiftDate(day.date, i + 1 - TREND_DAYS), day.zone),
    ),
    ladders: people.ladders,
    postmortemHours: people.postmortem.escalateHours,
  });
  const byPlaybook = money as ReportFigures['money']['byPlaybook'];
  return {
    day,
    ...figures,
    money: { ...(await summed(on, byPlaybook)), byPlaybook },
    cost: await priced(on, operations as Omit<Cost['operations'], 'usd'>, use, settings),
    now: {
      at: now.toISOString(),
      initialTrust: limits.trust.initial,
      ...(since as object),
      ...(await standing(on)),
    },
  };
}

/** As of writing: the ledger keeps no history of commands. */
async function standing(on: Queryable): Promise<Pick<ReportFigures['now'], 'switches' | 'playbooks'>> {
  const off = (await switchesOf(on)).filter(({ paused }) => paused);
  return {
    switches: off.map(({ scope, since, by, reason }) => ({ scope, since: since.toISOString(), by, reason })),
    playbooks: (await standingsOf(on)).map(({ playbook, trust, breakerSince, breakerWhy }) => ({
      playbook,
      trust,
      breakerSince: breakerSince?.toISOString() ?? null,
      breakerWhy,
    })),
  };
}

const SUM = `
select coalesce(sum(a), 0)::numeric(30, 2)::text as "atRisk", coalesce(sum(r), 0)::numeric(30, 2)::text as repaired
from unnest($1::numeric[], $2::numeric[]) as money(a, r)`;

/** SQL calculates: money is never a float here. */
const summed = (on: Queryable, money: ReportFigures['money']['byPlaybook']) =>
  firstRow<object>(on, SUM, [money.map(({ atRisk }) => atRisk), money.map(({ repaired }) => repaired)]);

/** $1 operations, $2 invocations, $3 GB-seconds, $4 bytes, and the price of each; null is unknown. */
const COST = `
select operations::numeric(30, 4)::text as operations, lambda::numeric(30, 4)::text as lambda, athena::numeric(30, 4)::text as athena,
       (operations + coalesce(lambda, 0) + coalesce(athena, 0))::numeric(30, 4)::text as total
from (select $1::numeric * $5::numeric / 1000000 as operations,
             $2::numeric * $6::numeric / 1000000 + $3::numeric * $7::numeric as lambda,
             $4::numeric * $8::numeric / 1099511627776 as athena) cost`;

async function priced(
  on: Queryable,
  operations: Omit<Cost['operations'], 'usd'>,
  { lambda, athena }: CloudUse,
  { prices }: Told,
): Promise<Cost> {
  type Usd = Record<'operations' | 'total', string> & Record<'lambda' | 'athena', string | null>;
  const usd = await firstRow<Usd>(on, COST, [
    operations.count,
    lambda?.invocations ?? null,
    lambda?.gbSeconds ?? null,
    athena?.chargedBytes ?? null,
    prices.durablePerMillionOperations,
    prices.lambdaPerMillionRequests,
    prices.lambdaPerGbSecond,
    prices.athenaPerTb,
  ]);
  if (!usd) throw new Error('the ledger gave no row for what the day cost; wanted one');
  return {
    operations: { ...operations, usd: usd.operations },
    lambda: lambda && usd.lambda !== null ? { ...lambda, usd: usd.lambda } : null,
    athena: athena && usd.athena !== null ? { ...athena, usd: usd.athena } : null,
    usd: usd.total,
  };
}
