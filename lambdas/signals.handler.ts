import * as z from 'zod';
import { ledgerPool, readTools } from './platform/clients.ts';
import { answeringMistakes, readPayload } from './platform/payload.ts';
import { log } from './platform/log.ts';
import { offByConfiguration, settingsFromEnvironment } from './platform/settings.ts';
import { keepMeasurements, newestMeasurements } from './record/measurements.ts';
import { measureAndPublish, type Measured } from './catalog/signals/publish.ts';
import { signals } from './catalog/signals/registry.ts';
import { stillValid, type KeptValue } from './catalog/signals/still-valid.ts';
import { breaches } from './catalog/playbooks/breaches.ts';
import { playbooks } from './catalog/playbooks/registry.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const tools = readTools(pool, settings);

const names = signals.map(({ metric }) => metric);

/** `{}` or the schedule's event measures all; `{"measure":["cur_freshness_days"]}` only these. */
const Payload = { measure: z.array(z.enum(names)).nonempty().optional() };

const keep = (measured: Measured): Promise<void> =>
  keepMeasurements(pool(), measured).catch((error: unknown) => {
    log.error('what was measured could not be kept', { error });
  });

const slow = signals.filter((signal) => signal.slow).map(({ metric }) => metric);

/** Nothing is known of the last time: everything is measured. */
const keptValues = (): Promise<KeptValue[]> =>
  newestMeasurements(pool(), slow).catch((error: unknown) => {
    log.error('what was measured before is unknown', { error });
    return [];
  });

const breachesAlarm = (metric: string, value: number): boolean =>
  playbooks.some(({ alarms }) => alarms.some((alarm) => alarm.metric === metric && breaches(alarm, value)));

/** Without its tables an alarm whose playbooks are off has nothing to say. */
const mayBeAbsent = (metric: string): boolean => {
  const theirs = playbooks.filter(({ alarms }) => alarms.some((alarm) => alarm.metric === metric));
  return theirs.length > 0 && theirs.every(({ id }) => offByConfiguration(id, settings) !== undefined);
};

/** Measures the business metrics with SQL and publishes them for the alarms. */
export const handler = answeringMistakes(async (event): Promise<Measured> => {
  const { measure: wanted } = readPayload(Payload, event, { measure: ['cur_freshness_days'] });
  const chosen = wanted ? signals.filter(({ metric }) => wanted.includes(metric)) : signals;
  const cloudwatch = await tools.cloudwatch();
  const context = { now: new Date(), settings, tools };
  const valid = wanted
    ? new Map<string, KeptValue>()
    : stillValid(signals, await keptValues(), {
        now: context.now,
        slowSeconds: settings.pace.slowSignals,
        breaches: breachesAlarm,
      });
  const measured = await measureAndPublish(chosen, context, cloudwatch, {
    complete: !wanted,
    stillValid: valid,
    mayBeAbsent,
    keep,
  });
  log.info('measured', { values: measured.values, where: measured.where });
  for (const [metric, error] of Object.entries(measured.unmeasured)) {
    log.error('a signal could not be measured', { metric, error });
  }
  return measured;
});
