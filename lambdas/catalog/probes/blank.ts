/** SQL: a text, or null where it is empty or nothing but blanks: that is no value. */
export const textOf = (column: string): string => `nullif(btrim(${column}, E' \\t\\r\\n\\u00a0'), '')`;
