import * as z from 'zod';
import { ledgerPool, readTools } from './platform/clients.ts';
import { log } from './platform/log.ts';
import { settingsFromEnvironment } from './platform/settings.ts';
import { keepMeasurements } from './record/measurements.ts';
import { measureAndPublish, type Measured } from './catalog/signals/publish.ts';
import { signals } from './catalog/signals/registry.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const tools = readTools(pool);

const names = signals.map(({ metric }) => metric);

/** `{}` or the schedule's event measures all; `{"measure":["cur_freshness_days"]}` only these. */
const Request = z.looseObject({ measure: z.array(z.enum(names)).nonempty().optional() }).nullish();

const keep = (measured: Measured): Promise<void> =>
  keepMeasurements(pool(), measured).catch((error: unknown) => {
    log.error('what was measured could not be kept', { error });
  });

/** Measures the business metrics with SQL and publishes them for the alarms. */
export async function handler(event: unknown): Promise<Measured> {
  const wanted = Request.parse(event)?.measure;
  const chosen = wanted ? signals.filter(({ metric }) => wanted.includes(metric)) : signals;
  const cloudwatch = await tools.cloudwatch();
  const context = { now: new Date(), settings, tools };
  const measured = await measureAndPublish(chosen, context, cloudwatch, { complete: !wanted, keep });
  for (const [metric, error] of Object.entries(measured.unmeasured)) {
    log.error('a signal could not be measured', { metric, error });
  }
  return measured;
}
