/** A billing period as everybody names it: `2025-09`. AWS bills calendar months in UTC. */
export type Period = string;

const SHAPE = /^\d{4}-(0[1-9]|1[0-2])$/;

/** @throws when `text` is no billing period */
export function asPeriod(text: string): Period {
  if (SHAPE.test(text)) return text;
  throw new Error(`"${text}" is not a billing period; wanted year and month in UTC, e.g. 2025-09`);
}

export const periodOf = (moment: Date): Period => moment.toISOString().slice(0, 7);

export const startOf = (period: Period): Date => new Date(`${asPeriod(period)}-01T00:00:00Z`);

/** The first moment after the period, as AWS writes billing period ends. */
export const endOf = (period: Period): Date => startOf(addMonths(period, 1));

export function addMonths(period: Period, months: number): Period {
  const start = startOf(period);
  return periodOf(new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months, 1)));
}

/** First day of the period, and of the next, as the ledger's `date` columns hold them. */
export const firstDay = (period: Period): string => `${asPeriod(period)}-01`;
export const nextFirstDay = (period: Period): string => firstDay(addMonths(period, 1));
