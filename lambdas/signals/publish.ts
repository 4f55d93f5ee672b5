import type { CloudWatchClient, MetricDatum } from '@aws-sdk/client-cloudwatch';
import { worstOf, type MeasureContext, type Measurement, type Signal } from './definition.ts';
import { NAMESPACE, UNMEASURED } from './names.ts';

/** What one measuring gave: the worst value of each signal, or why it could not be measured. */
export interface Measured {
  readonly at: string;
  readonly values: Readonly<Record<string, number | null>>;
  readonly unmeasured: Readonly<Record<string, string>>;
}

/** PutMetricData takes 1,000 data a call. */
const DATA_A_CALL = 1_000;

/** Measures the signals and publishes them at `now`. One that fails does not keep the others back. */
export async function measureAndPublish(
  signals: readonly Signal[],
  context: MeasureContext,
  cloudwatch: CloudWatchClient,
  { complete }: { complete: boolean },
): Promise<Measured> {
  const results = await Promise.all(
    signals.map(async (signal) => {
      try {
        return { signal, measurements: await signal.measure(context) };
      } catch (error) {
        return { signal, error: (error as Error).message };
      }
    }),
  );
  const measured = results.flatMap(({ signal, measurements }) =>
    measurements ? [{ signal, measurements }] : [],
  );
  const failed = results.flatMap(({ signal, error }) =>
    error === undefined ? [] : [[signal.metric, error]],
  );
  const data = measured.flatMap(({ signal, measurements }) => dataOf(signal, measurements, context.now));
  // Only a complete measuring says how many are lacking: a partial one would hide the silence of the rest.
  if (complete) data.push(datum(UNMEASURED, 'Count', failed.length, {}, context.now));
  await publish(cloudwatch, data);
  return {
    at: context.now.toISOString(),
    values: Object.fromEntries(
      measured.map(({ signal, measurements }) => [signal.metric, worstOf(signal, measurements)]),
    ),
    unmeasured: Object.fromEntries(failed) as Record<string, string>,
  };
}

async function publish(cloudwatch: CloudWatchClient, data: readonly MetricDatum[]): Promise<void> {
  const { PutMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  for (let from = 0; from < data.length; from += DATA_A_CALL) {
    const MetricData = data.slice(from, from + DATA_A_CALL);
    await cloudwatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData }));
  }
}

function dataOf(signal: Signal, measurements: readonly Measurement[], now: Date): MetricDatum[] {
  const worst = worstOf(signal, measurements);
  const each = measurements
    .filter(({ dimensions }) => Object.keys(dimensions).length > 0)
    .map(({ value, dimensions }) => datum(signal.metric, signal.unit, value, dimensions, now));
  return worst === null ? each : [...each, datum(signal.metric, signal.unit, worst, {}, now)];
}

const datum = (
  metric: string,
  unit: Signal['unit'],
  value: number,
  dimensions: Readonly<Record<string, string>>,
  now: Date,
): MetricDatum => ({
  MetricName: metric,
  Unit: unit,
  Value: value,
  Timestamp: now,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});
