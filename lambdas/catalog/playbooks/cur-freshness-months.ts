import { list, number } from '../../domain/words.ts';
import { DAY_MS } from '../../domain/milliseconds.ts';
import { periodOf } from '../../domain/billing-period.ts';
import type { Copy } from '../probes/cost-copies.ts';
import { isFrom, stateOf, tellWriting, type Delivery } from '../probes/cur-delivery.ts';
import type { MonthCosts } from '../probes/month-costs.ts';

/** Objective for the report's age; AWS itself lags 24 to 48 hours. */
export const LIMIT_DAYS = 2;

/** Missing files that a message names; the evidence has more. */
const NAMED = 3;

/** What both copies hold over all months, and each month that is not closed. */
export interface Costs {
  readonly athena: Copy;
  readonly ledger: Copy;
  readonly months: readonly MonthCosts[];
}

type Blocked = 'not-delivered' | 'incomplete-delivery' | 'late-delivery';

/** A month whose costs are not what they should be. */
export interface Unhealthy {
  readonly period: string;
  /** For people, with figures. */
  readonly tell: string;
  /** The copies claim the same delivery, and differ; otherwise the newest is not in both. */
  readonly differs: boolean;
  /** The copies that another load can help. */
  readonly notLoadedIn: readonly string[];
  /** Why a load cannot help, or must not be made. */
  readonly blocked: { readonly branch: Blocked; readonly why: string } | undefined;
  /** For people, when AWS is writing the month's report at this moment: a load waits for its end. */
  readonly beingWritten: string | undefined;
}

/** The month in which the line lies that the objective asks for: on a month's first days it is the last one. */
const lineMonth = (now: Date): string => periodOf(new Date(now.getTime() - LIMIT_DAYS * DAY_MS));

/** A copy without usage lines is infinitely old. */
export const age = ({ days }: Pick<Copy, 'days'>): number => days ?? Infinity;
const isFresh = (copy: Pick<Copy, 'days'>): boolean => age(copy) <= LIMIT_DAYS;
export const days = ({ days }: Pick<Copy, 'days'>): string =>
  days === null ? 'empty' : `${number(days)} days`;

const holds = ({ digest }: Pick<Copy, 'digest'>, delivery: Delivery): boolean => isFrom(digest, delivery);

/** By one name or the other. */
const areOfOneDelivery = ({ athena, ledger, delivery }: MonthCosts): boolean =>
  athena.digest === ledger.digest || (holds(athena, delivery) && holds(ledger, delivery));

/** The month that must be fresh: that of the line, or where it is closed already the next one. */
const judgedByAge = (months: readonly MonthCosts[], now: Date): string | undefined =>
  months
    .map(({ period }) => period)
    .filter((period) => period >= lineMonth(now))
    .sort()[0];

/**
 * The months that are not as they should be, the earlier first:
 * 1. The copies of a month agree with each other and with what was loaded.
 * 2. Of a month before that of the objective's line, both hold the newest delivery. Where AWS keeps none any more, the same one.
 * 3. Of the line's month, both have usage of the last two days, or the newest delivery of it while later months are fresh.
 * 4. While the costs are stale, a month that began since then holds its newest delivery: one load would be fresh until
 *    midnight only.
 */
export function unhealthyMonths({ athena, ledger, months }: Costs, now: Date): readonly Unhealthy[] {
  const fresh = isFresh(athena) && isFresh(ledger);
  const line = judgedByAge(months, now);
  const isRecent = ({ newest }: MonthCosts['athena']): boolean =>
    newest !== null && now.getTime() - new Date(newest).getTime() <= LIMIT_DAYS * DAY_MS;
  const asItShould = (month: MonthCosts): boolean => {
    const { period, delivery } = month;
    const loaded = holds(month.athena, delivery) && holds(month.ledger, delivery);
    if (line !== undefined && period > line) return fresh || loaded || stateOf(delivery) !== 'delivered';
    if (period === line) return fresh && ((isRecent(month.athena) && isRecent(month.ledger)) || loaded);
    const gone = delivery.objects === 0 && !delivery.manifest && delivery.unreadable === null;
    return loaded || (gone && month.ledger.lines > 0 && month.athena.digest === month.ledger.digest);
  };
  return months
    .filter((month) => month.differences.length > 0 || !asItShould(month))
    .map((month) => describeUnhealthy(month, { athena, ledger }, month.period === line))
    .sort((a, b) => (a.period < b.period ? -1 : 1));
}

function describeUnhealthy(
  month: MonthCosts,
  { athena, ledger }: Pick<Costs, 'athena' | 'ledger'>,
  isLine: boolean,
): Unhealthy {
  const { period, delivery, differences } = month;
  // Of two deliveries the copies differ by nature: then one of them is not loaded.
  const differs = differences.length > 0 && areOfOneDelivery(month);
  const misses = (mine: MonthCosts['athena'], copy: Copy, other: Copy): boolean =>
    !holds(mine, delivery) || (isLine && !isFresh(copy) && isFresh(other));
  const named = (name: string, copy: Copy): string => (isLine ? `${name} (${days(copy)})` : name);
  const notLoadedIn = [
    ...(misses(month.athena, athena, ledger) ? [named('Athena', athena)] : []),
    ...(misses(month.ledger, ledger, athena) ? [named('the ledger', ledger)] : []),
  ];
  const tell = differs
    ? `the copies of ${period} differ: ${differences.join('; ')}`
    : notLoadedIn.length > 0
      ? `the newest delivery of ${period} is not in ${list(notLoadedIn)}`
      : `the newest delivery of ${period} is old itself`;
  return {
    period,
    tell,
    differs,
    notLoadedIn,
    blocked: blockOf(month, { athena, ledger, differs, notLoadedIn }),
    beingWritten:
      delivery.writing && stateOf(delivery) === 'being-written'
        ? `${tellWriting(delivery.writing)} (${period})`
        : undefined,
  };
}

interface Found extends Pick<Costs, 'athena' | 'ledger'>, Pick<Unhealthy, 'differs' | 'notLoadedIn'> {}

function blockOf(
  { period, delivery, older }: MonthCosts,
  { athena, ledger, differs, notLoadedIn }: Found,
): Unhealthy['blocked'] {
  const { prefix, objects, bytes, unreadable } = delivery;
  const help = "Nothing of ours can create it: check the report's definition and the account link";
  const state = stateOf(delivery);
  // What AWS writes now is judged when it has ended.
  if (state === 'being-written') return undefined;
  if (state === 'not-delivered' && (objects === 0 || bytes === 0)) {
    const why = `AWS has delivered nothing for ${period}: ${prefix} holds ${objects} files, ${bytes} bytes. ${help}`;
    return { branch: 'not-delivered', why };
  }
  if (state === 'not-delivered') {
    const why = `AWS has delivered no report for ${period} that can be read: ${unreadable}. ${help}`;
    return { branch: 'not-delivered', why };
  }
  if (state === 'incomplete') {
    const why = `the delivery of ${period} is incomplete: ${prefix} ${tellIncomplete(delivery)}`;
    return { branch: 'incomplete-delivery', why };
  }
  if (older !== null) {
    const why = `the delivery of ${period} is older than what is loaded (${older}): loading it would lose the costs since`;
    return { branch: 'late-delivery', why };
  }
  if (differs || notLoadedIn.length > 0) return undefined;
  const why =
    `both copies hold the newest delivery of ${period}, whose newest usage is old itself ` +
    `(Athena ${days(athena)}, ledger ${days(ledger)}): AWS delivers late`;
  return { branch: 'late-delivery', why };
}

function tellIncomplete({ manifest, missing, missingCount, writing }: Delivery): string {
  if (!manifest) return 'has no manifest';
  if (writing && missingCount === 0) return `is half written: ${tellWriting(writing)}`;
  const more = missingCount > NAMED ? ` and ${missingCount - NAMED} more` : '';
  return `is missing ${missing.slice(0, NAMED).join(', ')}${more}`;
}

/** Whether the costs are healthy, in figures. @param period what is asked for, named first */
export function checkCosts(costs: Costs, period: string, now: Date): { healthy: boolean; summary: string } {
  const unhealthy = unhealthyMonths(costs, now);
  const others = unhealthy
    .filter((month) => month.period !== period || month.differs)
    .map(({ tell }) => tell);
  return {
    healthy: unhealthy.length === 0,
    summary: [describe(costs, period, now), ...others].join('; '),
  };
}

function describe({ athena, ledger, months }: Costs, period: string, now: Date): string {
  if (period >= lineMonth(now))
    return `Athena ${days(athena)}, ledger ${days(ledger)} (limit ${LIMIT_DAYS} days)`;
  const month = months.find((one) => one.period === period);
  if (!month) return `the costs of ${period} may not be changed`;
  const tell = (copy: MonthCosts['athena']): string =>
    holds(copy, month.delivery) ? 'loaded' : 'not loaded';
  return `the newest delivery of ${period}: Athena ${tell(month.athena)}, ledger ${tell(month.ledger)}`;
}
