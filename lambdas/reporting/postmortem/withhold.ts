/**
 * What may be shown of evidence. Only `tenant_id` and `plan_code` may name a tenant: free text, names
 * and contacts are withheld, and stay in the evidence.
 */

export const WITHHELD = '[withheld]';

/** Columns of free text, names or contacts, whatever their value. */
const NAMING =
  /(tenant_?name|account_?name|customer|contact|e?mail|phone|address|description|comment|note|message|error|provider_ref|metadata|(^|_)result$)/i;
const MOMENT = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( ?UTC|Z|[+-]\d\d:?\d\d)?$/;

/** A cell or query parameter, as it may be shown. Several words are free text. */
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

/** Columns with at least one withheld value. */
export const withheldColumns = (rows: readonly Readonly<Record<string, unknown>>[]): string[] => [
  ...new Set(
    rows.flatMap((row) =>
      Object.entries(row).flatMap(([column, value]) =>
        JSON.stringify(shown(column, value) ?? null).includes(WITHHELD) ? [column] : [],
      ),
    ),
  ),
];
