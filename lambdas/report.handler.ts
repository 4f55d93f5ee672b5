import * as z from 'zod';
import { ledgerPool, readTools } from './platform/clients.ts';
import { answeringMistakes, readPayload } from './platform/payload.ts';
import { log } from './platform/log.ts';
import { notify } from './notifications/notify.ts';
import { createReporter } from './reporting/daily-report/report.ts';
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

/**
 * The schedule's event makes missing reports; `{"date":"2026-11-23"}` makes that day's again. Throws when the ledger is
 * unavailable: it is retried, and the function's own alarm notifies people.
 */
export const handler = answeringMistakes(async (event) => {
  const { date } = readPayload({ date: z.iso.date().optional() }, event, { date: '2026-11-23' });
  return report(date);
});
