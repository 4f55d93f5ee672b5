/** A text as an SQL literal. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

export const list = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`;

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
