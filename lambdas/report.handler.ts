import * as z from 'zod';
import { ledgerPool, readTools } from './engine/tools.ts';
import { log } from './log.ts';
import { notify } from './notify/notify.ts';
import { createReporter, type Reported } from './report/report.ts';
import { settingsFromEnvironment } from './settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const report = createReporter({ settings, pool, tools: readTools(pool), notify, now: () => new Date(), log });

/** The schedule's event makes what is missing; `{"date":"2026-11-23"}` makes that day's report anew. */
const Request = z.looseObject({ date: z.iso.date().optional() }).nullish();

/** The daily report. Throws when the ledger is away: it is tried again, and the function's own alarm tells. */
export function handler(event: unknown): Promise<Reported[]> {
  return report(Request.parse(event)?.date);
}
