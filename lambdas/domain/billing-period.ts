import * as z from 'zod';

/** A billing period as the delivery's folder names it: `2025-09`, a calendar month in UTC. */
export const Period = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month such as "2025-09"');

export const periodOf = (moment: Date): string => moment.toISOString().slice(0, 7);

/** First day of the period, as `period_start` and `bill_billing_period_start_date` hold it: `2025-09-01`. */
export const periodStart = (period: string): string => `${period}-01`;

/** The period `count` months later; earlier when negative. */
export function shiftPeriod(period: string, count: number): string {
  const [year = 0, month = 0] = period.split('-').map(Number);
  return periodOf(new Date(Date.UTC(year, month - 1 + count, 1)));
}
