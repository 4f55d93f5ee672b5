import type { StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Collection, Store } from '../kernel/store.ts';
import { MINUTE_MS } from './alarm-window.ts';

export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  /** Sorted by name. */
  readonly dimensions: readonly { Name: string; Value: string }[];
}

/** The values of a time, aggregated. */
export interface Bucket {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly count: number;
}

type StoredMinute = readonly [minute: number, min: number, max: number, sum: number, count: number];

/** An hour of one metric in one unit, which is stored together: a minute's value costs one small write. */
interface StoredHour extends MetricIdentity {
  readonly unit: StandardUnit;
  readonly minutes: readonly StoredMinute[];
}

interface Series {
  readonly identity: MetricIdentity;
  readonly unit: StandardUnit;
  readonly minutes: Map<number, Bucket>;
}

const HOUR_MINUTES = 60;
/** CloudWatch keeps one-minute datapoints for 15 days. */
const KEPT_MS = 15 * 24 * 60 * MINUTE_MS;

const keyOf = ({ namespace, name, dimensions }: MetricIdentity): string =>
  JSON.stringify([namespace, name, dimensions.map(({ Name, Value }) => [Name, Value])]);

const merge = (a: Bucket | undefined, b: Bucket): Bucket =>
  a
    ? {
        min: Math.min(a.min, b.min),
        max: Math.max(a.max, b.max),
        sum: a.sum + b.sum,
        count: a.count + b.count,
      }
    : b;

/** Metrics aggregated per minute. Values are added in memory; `flush` writes the changed hours. */
export class MetricStore {
  private readonly hours: Collection<StoredHour>;
  private readonly metrics = new Map<string, Map<StandardUnit, Series>>();
  private readonly dirty = new Map<string, { series: Series; hour: number }>();

  constructor(store: Pick<Store, 'collection'>) {
    this.hours = store.collection<StoredHour>('cloudwatch.metric');
    for (const hour of this.hours.all()) {
      const { minutes } = this.series(hour, hour.unit);
      for (const [minute, min, max, sum, count] of hour.minutes)
        minutes.set(minute, { min, max, sum, count });
    }
  }

  add(identity: MetricIdentity, unit: StandardUnit, at: Date, bucket: Bucket): void {
    const series = this.series(identity, unit);
    const minute = Math.floor(at.getTime() / MINUTE_MS);
    series.minutes.set(minute, merge(series.minutes.get(minute), bucket));
    const hour = Math.floor(minute / HOUR_MINUTES);
    this.dirty.set(this.hourKey(series, hour), { series, hour });
  }

  /** Makes all added values durable. */
  async flush(): Promise<void> {
    const touched = [...this.dirty];
    this.dirty.clear();
    await Promise.all(touched.map(([key, { series, hour }]) => this.hours.put(key, stored(series, hour))));
  }

  /** All values in `[start, end)`, in one unit or, without `unit`, in all of them together, as an alarm reads them. */
  read(identity: MetricIdentity, start: number, end: number, unit?: StandardUnit): Bucket | undefined {
    let found: Bucket | undefined;
    for (const series of this.seriesOf(identity, unit)) {
      for (let minute = Math.ceil(start / MINUTE_MS); minute * MINUTE_MS < end; minute++) {
        const bucket = series.minutes.get(minute);
        if (bucket) found = merge(found, bucket);
      }
    }
    return found;
  }

  /** The units in which the metric was published. */
  units(identity: MetricIdentity): StandardUnit[] {
    return [...(this.metrics.get(keyOf(identity))?.keys() ?? [])];
  }

  /** Every metric with the moment of its newest value. */
  list(): { identity: MetricIdentity; newest: number }[] {
    return [...this.metrics.values()].flatMap((units) => {
      const all = [...units.values()].filter(({ minutes }) => minutes.size > 0);
      const [first] = all;
      if (!first) return [];
      const newest = Math.max(...all.map(({ minutes }) => newestMinute(minutes))) * MINUTE_MS;
      return [{ identity: first.identity, newest }];
    });
  }

  /** Deletes values that CloudWatch would have deleted. */
  async prune(now: Date): Promise<void> {
    const oldest = Math.floor((now.getTime() - KEPT_MS) / MINUTE_MS);
    for (const units of this.metrics.values())
      for (const { minutes } of units.values())
        for (const minute of minutes.keys()) if (minute < oldest) minutes.delete(minute);
    for (const [key, { minutes }] of this.hours.entries())
      if (minutes.every(([minute]) => minute < oldest)) await this.hours.delete(key);
  }

  private seriesOf(identity: MetricIdentity, unit: StandardUnit | undefined): Series[] {
    const units = this.metrics.get(keyOf(identity));
    if (!units) return [];
    return [...units.values()].filter((series) => unit === undefined || series.unit === unit);
  }

  private series(identity: MetricIdentity, unit: StandardUnit): Series {
    const key = keyOf(identity);
    let units = this.metrics.get(key);
    if (!units) this.metrics.set(key, (units = new Map<StandardUnit, Series>()));
    let series = units.get(unit);
    if (!series) {
      const { namespace, name, dimensions } = identity;
      series = { identity: { namespace, name, dimensions }, unit, minutes: new Map() };
      units.set(unit, series);
    }
    return series;
  }

  private hourKey({ identity, unit }: Series, hour: number): string {
    return `${keyOf(identity)} ${unit} ${new Date(hour * HOUR_MINUTES * MINUTE_MS).toISOString().slice(0, 13)}`;
  }
}

function newestMinute(minutes: Map<number, Bucket>): number {
  let newest = -Infinity;
  for (const minute of minutes.keys()) newest = Math.max(newest, minute);
  return newest;
}

function stored({ identity, unit, minutes }: Series, hour: number): StoredHour {
  const first = hour * HOUR_MINUTES;
  const kept = Array.from({ length: HOUR_MINUTES }, (_, i) => first + i).flatMap((minute): StoredMinute[] => {
    const bucket = minutes.get(minute);
    return bucket ? [[minute, bucket.min, bucket.max, bucket.sum, bucket.count]] : [];
  });
  return { ...identity, unit, minutes: kept };
}
