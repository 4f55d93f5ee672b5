import type { CloudWatch, MetricDatum } from '@aws-sdk/client-cloudwatch';
import { worstOf, type MeasureContext, type Measurement, type Signal } from './definition.ts';
import { NAMESPACE, UNMEASURED } from '../../domain/metrics.ts';

/** The worst value of each signal, or why it could not be measured. */
export interface Measured {
  readonly at: string;
  readonly values: Readonly<Record<string, number | null>>;
  readonly unmeasured: Readonly<Record<string, string>>;
}

interface Measuring {
  readonly complete: boolean;
  /** Keeps the worst values where nobody else writes. The alarms get them even when it fails. */
  readonly keep: (measured: Measured) => Promise<void>;
}

const DATA_A_CALL = 1_000;

/** Measures the signals and publishes them at `now`. One that fails does not stop the others. */
export async function measureAndPublish(
  signals: readonly Signal[],
  context: MeasureContext,
  cloudwatch: CloudWatch,
  { complete, keep }: Measuring,
): Promise<Measured> {
  const values: Record<string, number | null> = {};
  const unmeasured: Record<string, string> = {};
  const worst: MetricDatum[] = [];
  const each: MetricDatum[] = [];
  // In sequence: in parallel they would wait for each other's connections until they time out.
  for (const signal of signals) {
    try {
      const measurements = await signal.measure(context);
      requireFinite(measurements);
      const value = worstOf(signal, measurements);
      values[signal.metric] = value;
      if (value !== null) worst.push(datum(signal.metric, signal.unit, value, {}, context.now));
      each.push(...eachOf(signal, measurements, context.now));
    } catch (error) {
      unmeasured[signal.metric] = (error as Error).message;
    }
  }
  // Only a complete measurement counts the missing ones: a partial one would hide the others' silence.
  const lacking = Object.keys(unmeasured).length;
  if (complete) worst.push(datum(UNMEASURED, 'Count', lacking, {}, context.now));
  const measured = { at: context.now.toISOString(), values, unmeasured };
  // Before anything is published: a value that never reaches CloudWatch is known all the same.
  await keep(measured);
  // What the alarms watch goes first, separately: no detail may delay it.
  await publish(cloudwatch, worst);
  await publish(cloudwatch, each);
  return measured;
}

function requireFinite(measurements: readonly Measurement[]): void {
  const odd = measurements.find(({ value }) => !Number.isFinite(value));
  if (odd)
    throw new Error(`measured ${odd.value} for ${JSON.stringify(odd.dimensions)}; wanted a finite number`);
}

async function publish(cloudwatch: CloudWatch, data: readonly MetricDatum[]): Promise<void> {
  for (let from = 0; from < data.length; from += DATA_A_CALL) {
    const MetricData = data.slice(from, from + DATA_A_CALL);
    await cloudwatch.putMetricData({ Namespace: NAMESPACE, MetricData });
  }
}

const eachOf = (signal: Signal, measurements: readonly Measurement[], now: Date): MetricDatum[] =>
  measurements
    .filter(({ dimensions }) => Object.keys(dimensions).length > 0)
    .map(({ value, dimensions }) => datum(signal.metric, signal.unit, value, dimensions, now));

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
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value: dimensionValue(Value) })),
});

/**
 * CloudWatch takes printable ASCII, neither empty nor beginning with a colon; one odd name must not
 * fail a call.
 */
const dimensionValue = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]/g, '?')
    .replace(/^:/, '?')
    .trim() || '(blank)';
