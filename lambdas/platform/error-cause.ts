/**
 * The kind of error that a text describes. The text may name tenants, files or accounts: it stays in
 * the evidence, and reasons and messages get only the kind.
 */
export function errorCause(text: string | null): string {
  if (text === null || text.trim() === '') return 'no message';
  for (const [pattern, cause] of CAUSES) if (pattern.test(text)) return cause;
  const athena = /\b((?:HIVE|ICEBERG|GENERIC|SYNTAX|TYPE|INVALID|EXCEEDED)_[A-Z_]+)\b/.exec(text)?.[1];
  if (athena) return athena;
  const named = /\b([A-Z][A-Za-z]+(?:Exception|Error|Fault))\b/.exec(text)?.[1];
  const code = /exit code (\d+)/.exec(text)?.[1];
  return named ?? (code === undefined ? 'an error without a code' : `exit code ${code}`);
}

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/Access ?Denied|not authorized to perform/i, 'AccessDenied'],
  // Athena's own, whose texts name files and values.
  [
    /HIVE_PARTITION_SCHEMA_MISMATCH/,
    "a partition has other columns than the table: give it the table's, or load its month again (HIVE_PARTITION_SCHEMA_MISMATCH)",
  ],
  [
    /HIVE_(BAD_DATA|CURSOR_ERROR)/,
    'files of the table do not fit its columns: load their month again (HIVE_BAD_DATA)',
  ],
  [
    /TABLE_NOT_FOUND|Table '.*' does not exist/,
    'the table is not there, or under another name: see estate.costs (TABLE_NOT_FOUND)',
  ],
  [
    /COLUMN_NOT_FOUND|Column '.*' cannot be resolved/,
    'the table is missing a column of the query: see estate.costs (COLUMN_NOT_FOUND)',
  ],
  [/out of memory|OutOfMemory/i, 'out of memory'],
  [/usage_snapshot_daily is incomplete/i, 'incomplete usage'],
  [/incomplete/i, 'incomplete delivery'],
  [/is closed/i, 'closed period'],
  [/fence/i, 'older fence'],
  [/timed? ?out/i, 'timed out'],
  [/throttl|rate exceeded/i, 'throttled'],
];

export const isNamed = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);
