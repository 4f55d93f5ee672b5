import type { StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { ReadTools } from '../../platform/clients.ts';
import type { Permissions } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';

export interface Measurement {
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Published as its worst value alone: nothing reads the others, and CloudWatch charges for each combination of dimensions. */
export interface Signal {
  /** As the alarms name it, e.g. `cur_freshness_days`. */
  readonly metric: string;
  readonly unit: StandardUnit;
  readonly worst: 'highest' | 'lowest';
  /** When there is nothing to measure; null: nothing is published, for nothing is known. */
  readonly whenNone: number | null;
  /** It reads every cost line of a month. While it is healthy, it is measured every `pace.slowSignals`. */
  readonly slow?: true;
  /** What it reads of Commercial-Ops' tables, as `table (column, column)`. */
  readonly reads: readonly string[];
  readonly permissions: Permissions;
  measure(context: MeasureContext): Promise<readonly Measurement[]>;
}

export interface MeasureContext {
  readonly now: Date;
  readonly settings: Settings;
  readonly tools: ReadTools;
}

export function worstOf(signal: Signal, measurements: readonly Measurement[]): number | null {
  const values = measurements.map(({ value }) => value);
  if (values.length === 0) return signal.whenNone;
  return signal.worst === 'highest' ? Math.max(...values) : Math.min(...values);
}
