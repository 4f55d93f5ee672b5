/**
 * What of evidence may leave it. Nothing names a tenant but `tenant_id` and `plan_code`: free text can, and so can
 * names and contacts. It stays in the evidence itself.
 */

export const WITHHELD = '[withheld]';

/** Columns that hold people's words, names or contacts, whatever their value looks like. */
const NAMING =
  /(tenant_?name|account_?name|customer|contact|e?mail|phone|address|description|comment|note|message|error|provider_ref|metadata|(^|_)result$)/i;
const MOMENT = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( ?UTC|Z|[+-]\d\d:?\d\d)?$/;

/** A cell, or a query's parameter, as it may be shown. Words beside one another are free text. */
export function shown(column: string, value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (NAMING.test(column)) return WITHHELD;
  if (typeof value === 'string') return /\s/.test(value) && !MOMENT.test(value) ? WITHHELD : value;
  if (Array.isArray(value)) return value.map((one) => shown(column, one));
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shown(key, one)]));
  return WITHHELD;
}

/** Columns of which at least one value was withheld. */
export const withheldColumns = (rows: readonly Readonly<Record<string, unknown>>[]): string[] => [
  ...new Set(
    rows.flatMap((row) =>
      Object.entries(row).flatMap(([column, value]) =>
        JSON.stringify(shown(column, value) ?? null).includes(WITHHELD) ? [column] : [],
      ),
    ),
  ),
];
