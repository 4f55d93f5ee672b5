import { firstRow, type Ledger, type Queryable } from '../../platform/ledger/queryable.ts';
import { transaction } from '../../platform/ledger/transaction.ts';
import type { Settings } from '../../platform/settings.ts';
import { dayOf, shiftDate, type Day } from '../../platform/calendar.ts';
import type { Alarm } from '../../domain/alarm.ts';
import { businessFault } from '../../domain/fault-age.ts';
import { ReportFigures, type Cost } from './figures.ts';
import type { Close } from './month-close.ts';
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
export async function gatherFigures(pool: Ledger, asked: Asked): Promise<ReportFigures> {
  return ReportFigures.parse(await transaction(pool, (on) => ask(on, asked), 'snapshot'));
}

interface Asked extends Close {
  readonly day: Day;
  readonly now: Date;
  readonly use: CloudUse;
  readonly settings: Told;
}

async function ask(on: Queryable, { day, now, use, settings, close, blocked }: Asked): Promise<unknown> {
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
  const { open: notRepaired, ...sums } = await summed(on, byPlaybook, blocked?.usd ?? '0');
  return {
    day,
    ...figures,
    incidents: (figures.incidents as Row[]).map((one) => withFault(one, day)),
    money: { ...sums, byPlaybook },
    cost: await priced(on, operations as Omit<Cost['operations'], 'usd'>, use, { ...settings, day }),
    now: {
      at: now.toISOString(),
      close,
      blocked,
      atRisk: notRepaired,
      initialTrust: limits.trust.initial,
      ...(since as object),
      ...(await standing(on)),
    },
  };
}

type Row = Omit<ReportFigures['incidents'][number], 'faultBegan' | 'faultSeconds'> & {
  readonly alarm: Pick<Alarm, 'changedAt' | 'reason'> | null;
};

function withFault({ alarm, ...incident }: Row, { until }: Day): ReportFigures['incidents'][number] {
  const began = (alarm && businessFault(incident.playbook, alarm)?.began) ?? null;
  const faultSeconds =
    began === null
      ? null
      : Math.max(0, Math.round((Date.parse(incident.closedAt ?? until) - Date.parse(began)) / 1_000));
  return { ...incident, faultBegan: began, faultSeconds };
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

/** $3: blocked. A sum always gives a row. */
const SUM = `
select coalesce(sum(a), 0)::numeric(30, 2)::text as "atRisk", coalesce(sum(r), 0)::numeric(30, 2)::text as repaired,
       (coalesce(sum(a - r), 0) + $3::numeric)::numeric(30, 2)::text as open
from unnest($1::numeric[], $2::numeric[]) as money(a, r)`;

/** SQL calculates: money is never a float here. */
async function summed(on: Queryable, money: ReportFigures['money']['byPlaybook'], blocked: string) {
  const row = await firstRow<{ atRisk: string; repaired: string; open: string }>(on, SUM, [
    money.map(({ atRisk }) => atRisk),
    money.map(({ repaired }) => repaired),
    blocked,
  ]);
  if (!row) throw new Error('the ledger gave no row for the sum of money; wanted one');
  return row;
}

/**
 * $1 operations, $2 invocations, $3 GB-seconds, $4 bytes, and the price of each; null is unknown. $9: USD of a month, and
 * $10: a day of it.
 */
const COST = `
select operations::numeric(30, 4)::text as operations, lambda::numeric(30, 4)::text as lambda, athena::numeric(30, 4)::text as athena,
       fixed::numeric(30, 4)::text as fixed,
       (operations + coalesce(lambda, 0) + coalesce(athena, 0) + fixed)::numeric(30, 4)::text as total
from (select $1::numeric * $5::numeric / 1000000 as operations,
             $2::numeric * $6::numeric / 1000000 + $3::numeric * $7::numeric as lambda,
             $4::numeric * $8::numeric / 1099511627776 as athena,
             $9::numeric / extract(day from date_trunc('month', $10::date) + interval '1 month - 1 day') as fixed) cost`;

async function priced(
  on: Queryable,
  operations: Omit<Cost['operations'], 'usd'>,
  { lambda, athena }: CloudUse,
  { prices, day }: Told & { readonly day: Day },
): Promise<Cost> {
  type Usd = Record<'operations' | 'fixed' | 'total', string> & Record<'lambda' | 'athena', string | null>;
  const usd = await firstRow<Usd>(on, COST, [
    operations.count,
    lambda?.invocations ?? null,
    lambda?.gbSeconds ?? null,
    athena?.chargedBytes ?? null,
    prices.durablePerMillionOperations,
    prices.lambdaPerMillionRequests,
    prices.lambdaPerGbSecond,
    prices.athenaPerTb,
    prices.fixedPerMonth,
    day.date,
  ]);
  if (!usd) throw new Error('the ledger gave no row for what the day cost; wanted one');
  return {
    operations: { ...operations, usd: usd.operations },
    lambda: lambda && usd.lambda !== null ? { ...lambda, usd: usd.lambda } : null,
    athena: athena && usd.athena !== null ? { ...athena, usd: usd.athena } : null,
    fixed: { perMonth: prices.fixedPerMonth, usd: usd.fixed },
    usd: usd.total,
  };
}
