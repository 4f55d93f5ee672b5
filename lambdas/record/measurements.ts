import { allRows, type Queryable } from '../platform/ledger/queryable.ts';

/** The worst value of one signal. */
export interface Measurement {
  readonly metric: string;
  readonly at: Date;
  readonly value: number;
}

/** Longer than any alarm watches; the figures of past days are CloudWatch's. */
const KEPT = '7 days';

const KEEP = `
with forgotten as (delete from responder.measurement where at < $1::timestamptz - interval '${KEPT}')
insert into responder.measurement (metric, at, value, measured_at)
select metric, $1, value, coalesce(earlier, $1)
from unnest($2::text[], $3::float8[], $4::timestamptz[]) as measured (metric, value, earlier)
on conflict do nothing`;

interface Published {
  readonly at: string;
  readonly values: Readonly<Record<string, number | null>>;
  /** Of values that were not measured again. */
  readonly measuredAt: Readonly<Record<string, string>>;
}

/** Nothing to measure is no value. */
export async function keepMeasurements(on: Queryable, { at, values, measuredAt }: Published): Promise<void> {
  const known = Object.entries(values).flatMap(([metric, value]) =>
    value === null ? [] : [{ metric, value, earlier: measuredAt[metric] ?? null }],
  );
  await on.query(KEEP, [
    at,
    known.map(({ metric }) => metric),
    known.map(({ value }) => value),
    known.map(({ earlier }) => earlier),
  ]);
}

/** Newest first. */
export const keptMeasurements = (on: Queryable): Promise<Measurement[]> =>
  allRows<Measurement>(on, 'select metric, at, value from responder.measurement order by at desc');

/** The newest value of each metric, and when it was measured: it may have been published again since. */
export const newestMeasurements = (
  on: Queryable,
  metrics: readonly string[],
): Promise<{ metric: string; value: number; measuredAt: Date }[]> =>
  allRows(
    on,
    `select distinct on (metric) metric, value, measured_at as "measuredAt" from responder.measurement
     where metric = any($1) order by metric, at desc`,
    [metrics],
  );
