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
insert into responder.measurement (metric, at, value)
select metric, $1, value from unnest($2::text[], $3::float8[]) as measured (metric, value)
on conflict do nothing`;

/** Nothing to measure is no value. */
export async function keepMeasurements(
  on: Queryable,
  { at, values }: { readonly at: string; readonly values: Readonly<Record<string, number | null>> },
): Promise<void> {
  const known = Object.entries(values).flatMap(([metric, value]) =>
    value === null ? [] : [{ metric, value }],
  );
  await on.query(KEEP, [at, known.map(({ metric }) => metric), known.map(({ value }) => value)]);
}

/** Newest first. */
export const keptMeasurements = (on: Queryable): Promise<Measurement[]> =>
  allRows<Measurement>(on, 'select metric, at, value from responder.measurement order by at desc');
