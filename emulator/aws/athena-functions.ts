/**
 * Functions of Athena's SQL (Trino) that are missing or different in DuckDB, as macros. Where DuckDB's own
 * function of the same name does the same (date_trunc, date_diff, coalesce, count_if…), there is none here.
 * Known differences that no macro can fix: a divided decimal is a double here, and 1/0 is NULL, not an error.
 */
const MYSQL_FORMAT = `replace(replace(replace(replace(f, '%M', '%B'), '%i', '%M'), '%s', '%S'), '%T', '%H:%M:%S')`;

/** Keeps the type: a day after a date is a date. */
const DATE_ADD = `case lower(u)
  when 'millisecond' then t + to_milliseconds(n) when 'second' then t + to_seconds(n)
  when 'minute' then t + to_minutes(n) when 'hour' then t + to_hours(n) when 'day' then t + to_days(n)
  when 'week' then t + to_weeks(n) when 'month' then t + to_months(n) when 'year' then t + to_years(n)
  else error('line 1:1: ''' || u || ''' is not a valid DATE field') end`;

export const ATHENA_MACROS: readonly string[] = [
  `date_add(u, n, t) as ${DATE_ADD}`,
  `date_format(t, f) as strftime(t, ${MYSQL_FORMAT})`,
  `from_iso8601_timestamp(s) as cast(s as timestamptz)`,
  `from_iso8601_date(s) as cast(s as date)`,
  `to_iso8601(t) as strftime(t, '%Y-%m-%dT%H:%M:%S.%g')`,
  `from_unixtime(n) as make_timestamptz(cast(n * 1000000 as bigint))`,
  `to_unixtime(t) as epoch_ms(t) / 1000.0`,
  `approx_distinct(x) as approx_count_distinct(x)`,
  `approx_percentile(x, p) as approx_quantile(x, p)`,
  `arbitrary(x) as any_value(x)`,
  `regexp_like(s, p) as regexp_matches(s, p)`,
  `json_extract_scalar(j, p) as json_extract_string(j, p)`,
  `cardinality(a) as len(a)`,
  `element_at(a, i) as a[i]`,
  `array_join(a, d) as array_to_string(a, d)`,
  `max_by(x, y) as arg_max(x, y)`,
  `min_by(x, y) as arg_min(x, y)`,
  `strpos(s, t) as instr(s, t)`,
  `truncate(x) as trunc(x)`,
];

/** "Now" in SQL is the moment of the emulator's clock. */
export function clockMacros(now: Date): string[] {
  const stamp = `timestamptz '${now.toISOString()}'`;
  return [
    `now() as ${stamp}`,
    `get_current_timestamp() as ${stamp}`,
    `current_date() as date '${now.toISOString().slice(0, 10)}'`,
    `today() as date '${now.toISOString().slice(0, 10)}'`,
  ];
}
