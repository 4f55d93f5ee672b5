import { Cron } from 'croner';
import * as z from 'zod';

/** An IANA time zone: operators write freezes in their own hours. */
export const Zone = z
  .string()
  .refine(isZone, { error: 'an IANA time zone such as "Europe/Berlin" or "UTC"' })
  .describe('time zone that freeze windows are written in');

export const FreezeWindow = z.strictObject({
  name: z.string().min(1).describe('what it is for; people read it'),
  cron: z
    .string()
    .refine(isCron, { error: 'five fields of cron, e.g. "0 22 * * 5" for Fridays at 22:00' })
    .describe('when it begins: minute hour day month weekday'),
  minutes: z.int().min(1).max(44_640).describe('minutes that it lasts'),
});
export type FreezeWindow = z.infer<typeof FreezeWindow>;

export const Freeze = z.strictObject({
  zone: Zone.default('UTC'),
  windows: z.array(FreezeWindow).default([]).describe('windows in which nothing is begun'),
  /** While the books are being closed: days of the operator's zone. */
  monthEnd: z
    .strictObject({
      lastDays: z.int().min(0).max(15).default(0).describe('days frozen at the end of a month'),
      firstDays: z.int().min(0).max(15).default(0).describe('days frozen at its beginning'),
    })
    .prefault({}),
});
export type Freeze = z.infer<typeof Freeze>;

function isZone(zone: string): boolean {
  // The default, checked in every function's start: loading ICU's formats costs 10 ms.
  if (zone === 'UTC') return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function isCron(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 5) return false;
  try {
    return new Cron(text, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}
