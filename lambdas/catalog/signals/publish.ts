import type { CloudWatch, MetricDatum } from '@aws-sdk/client-cloudwatch';
import { worstOf, type MeasureContext, type Measurement, type Signal } from './definition.ts';
import type { KeptValue } from './still-valid.ts';
import { isNotThere } from '../../platform/error-class.ts';
import { metricsOf } from '../../domain/instance.ts';
import { UNMEASURED } from '../../domain/metrics.ts';

/** The worst value of each signal, or why it could not be measured. */
export interface Measured {
  readonly at: string;
  readonly values: Readonly<Record<string, number | null>>;
  /** Of signals that were not measured again: when they were, as ISO 8601. */
  readonly measuredAt: Readonly<Record<string, string>>;
  /** Where the worst value was found; empty for a signal that has one value alone. */
  readonly where: Readonly<Record<string, Measurement['dimensions']>>;
  readonly unmeasured: Readonly<Record<string, string>>;
}

interface Measuring {
  readonly complete: boolean;
  /** By metric: published again instead of being measured. */
  readonly stillValid: ReadonlyMap<string, KeptValue>;
  /** Of a metric whose playbooks are all off: a table that Commercial-Ops does not have is no fault of ours. */
  readonly mayBeAbsent: (metric: string) => boolean;
  /** Keeps the worst values where nobody else writes. The alarms get them even when it fails. */
  readonly keep: (measured: Measured) => Promise<void>;
}

/** Measures the signals and publishes them at `now`. One that fails does not stop the others. */
export async function measureAndPublish(
  signals: readonly Signal[],
  context: MeasureContext,
  cloudwatch: CloudWatch,
  { complete, stillValid, mayBeAbsent, keep }: Measuring,
): Promise<Measured> {
  const values: Record<string, number | null> = {};
  const measuredAt: Record<string, string> = {};
  const where: Record<string, Measurement['dimensions']> = {};
  const unmeasured: Record<string, string> = {};
  // In sequence: in parallel they would wait for each other's connections until they time out.
  for (const signal of signals) {
    const { metric } = signal;
    const kept = stillValid.get(metric);
    if (kept) {
      values[metric] = kept.value;
      measuredAt[metric] = kept.measuredAt.toISOString();
      continue;
    }
    try {
      const measurements = await signal.measure(context);
      requireFinite(measurements);
      const value = worstOf(signal, measurements);
      values[metric] = value;
      const worst = measurements.find((one) => one.value === value);
      if (worst) where[metric] = worst.dimensions;
    } catch (error) {
      if (mayBeAbsent(metric) && isNotThere(error)) values[metric] = null;
      else unmeasured[metric] = (error as Error).message;
    }
  }
  const measured = { at: context.now.toISOString(), values, measuredAt, where, unmeasured };
  // Before anything is published: a value that never reaches CloudWatch is known all the same.
  await keep(measured);
  const MetricData = signals.flatMap(({ metric, unit }) => datum(metric, unit, values[metric], context.now));
  // Only a complete measurement counts the missing ones: a partial one would hide the others' silence.
  if (complete) MetricData.push(...datum(UNMEASURED, 'Count', Object.keys(unmeasured).length, context.now));
  const Namespace = metricsOf(context.settings.prefix);
  if (MetricData.length > 0) await cloudwatch.putMetricData({ Namespace, MetricData });
  return measured;
}

function requireFinite(measurements: readonly Measurement[]): void {
  const odd = measurements.find(({ value }) => !Number.isFinite(value));
  if (odd)
    throw new Error(`measured ${odd.value} for ${JSON.stringify(odd.dimensions)}; wanted a finite number`);
}

/** Nothing to measure is no datum. */
const datum = (
  MetricName: string,
  Unit: Signal['unit'],
  Value: number | null | undefined,
  Timestamp: Date,
): MetricDatum[] => (typeof Value === 'number' ? [{ MetricName, Unit, Value, Timestamp }] : []);
