import * as z from 'zod';
import { NAMESPACE, UNMEASURED } from '../../domain/metrics.ts';
import { defineProbe } from './definition.ts';

export const SignalsDatapoints = z.object({
  /** When the signals were last measured within the 12 hours before. */
  last: z.iso.datetime().nullable(),
  minutes: z.number().nullable(),
  /** How many signals could not be measured then. */
  unmeasured: z.number().nullable(),
});

/** CloudWatch gives at most 1,440 datapoints a call. */
const WINDOW_MS = 12 * 3_600_000;
/** A datapoint has its period's begin: a long period would make it look older. */
const PERIOD_SECONDS = 60;

export const signalsDatapoints = defineProbe<unknown, z.infer<typeof SignalsDatapoints>>({
  name: 'signals-datapoints',
  momentary: 'Datapoints reach CloudWatch some minutes after they were measured.',
  question: 'When were the business metrics last measured?',
  queries: [
    'aws cloudwatch get-metric-statistics --namespace CommercialOps --metric-name signals_unmeasured …',
  ],
  // Metrics have no ARN.
  permissions: () => [{ actions: ['cloudwatch:GetMetricStatistics'], resources: ['*'] }],
  value: SignalsDatapoints,
  async run({ now, tools }) {
    const parameters = {
      Namespace: NAMESPACE,
      MetricName: UNMEASURED,
      StartTime: new Date(now.getTime() - WINDOW_MS),
      EndTime: now,
      Period: PERIOD_SECONDS,
      Statistics: ['Maximum' as const],
    };
    const { Datapoints = [] } = await (await tools.cloudwatch()).getMetricStatistics(parameters);
    const newest = Datapoints.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).at(-1);
    const last = newest?.Timestamp;
    const value = {
      last: last?.toISOString() ?? null,
      minutes: last ? Math.round((now.getTime() - last.getTime()) / 60_000) : null,
      unmeasured: newest?.Maximum ?? null,
    };
    const evidence = {
      source: 'cloudwatch',
      query: 'cloudwatch:GetMetricStatistics',
      parameters,
      rows: Datapoints,
    };
    return { value, evidence: [evidence] };
  },
  describe: ({ last, minutes, unmeasured }) =>
    last === null
      ? 'not within the last 12 hours'
      : `${minutes ?? '?'} min ago (${last.slice(0, 16)}Z), ${unmeasured ?? '?'} could not be measured`,
});
