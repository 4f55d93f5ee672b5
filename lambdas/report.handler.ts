import * as z from 'zod';
import { ledgerPool, readTools } from './platform/clients.ts';
import { log } from './platform/log.ts';
import { notify } from './notifications/notify.ts';
import { createReporter, type Reported } from './reporting/daily-report/report.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const report = createReporter({
  settings,
  pool,
  tools: readTools(pool, settings),
  notify,
  now: () => new Date(),
  log,
});

/** The schedule's event makes missing reports; `{"date":"2026-11-23"}` makes that day's again. */
const Request = z.looseObject({ date: z.iso.date().optional() }).nullish();

/** Throws when the ledger is unavailable: it is retried, and the function's own alarm notifies people. */
export function handler(event: unknown): Promise<Reported[]> {
  return report(Request.parse(event)?.date);
}
