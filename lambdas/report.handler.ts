import * as z from 'zod';
import { ledgerPool, readTools } from './platform/clients.ts';
import { log } from './platform/log.ts';
import { notify } from './notifications/notify.ts';
import { createReporter, type Reported } from './reporting/daily-report/report.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const report = createReporter({ settings, pool, tools: readTools(pool), notify, now: () => new Date(), log });

/** The schedule's event makes what is missing; `{"date":"2026-11-23"}` makes that day's report anew. */
const Request = z.looseObject({ date: z.iso.date().optional() }).nullish();

/** The daily report. Throws when the ledger is away: it is tried again, and the function's own alarm tells. */
export function handler(event: unknown): Promise<Reported[]> {
  return report(Request.parse(event)?.date);
}
