import { moment } from '../../domain/words.ts';
import * as z from 'zod';
import { metricsOf } from '../../domain/instance.ts';
import { UNMEASURED } from '../../domain/metrics.ts';
import { defineProbe } from './definition.ts';
import { metricPermissions, metricStatistics } from './metric-statistics.ts';

export const SignalsDatapoints = z.object({
  /** When the signals were last measured within the 12 hours before. */
  last: z.iso.datetime().nullable(),
  minutes: z.number().nullable(),
  /** How many signals could not be measured then. */
  unmeasured: z.number().nullable(),
});

const WINDOW_MS = 12 * 3_600_000;

export const signalsDatapoints = defineProbe<unknown, z.infer<typeof SignalsDatapoints>>({
  name: 'signals-datapoints',
  momentary: 'Datapoints reach CloudWatch some minutes after they were measured.',
  question: 'When were the business metrics last measured?',
  queries: [
    'aws cloudwatch get-metric-statistics --namespace CommercialOps --metric-name signals_unmeasured …',
  ],
  permissions: metricPermissions,
  value: SignalsDatapoints,
  async run({ now, tools, settings }) {
    const { datapoints, evidence } = await metricStatistics(
      await tools.cloudwatch(),
      { namespace: metricsOf(settings.prefix), name: UNMEASURED, statistic: 'Maximum' },
      now,
      WINDOW_MS,
    );
    const newest = datapoints.toSorted((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).at(-1);
    const last = newest?.Timestamp;
    const value = {
      last: last?.toISOString() ?? null,
      minutes: last ? (now.getTime() - last.getTime()) / 60_000 : null,
      unmeasured: newest?.Maximum ?? null,
    };
    return { value, evidence: [evidence] };
  },
  describe: ({ last, minutes, unmeasured }) =>
    last === null
      ? 'not within the last 12 hours'
      : `${minutes === null ? '?' : Math.round(minutes)} minutes ago (${moment(last)}), ${unmeasured ?? '?'} could not be measured`,
});
