import { oneLine } from '../domain/foreign-text.ts';

/** Columns as wide as their widest cell; the last is not padded. A cell is one line, whoever wrote it. */
export function aligned(of: readonly (readonly string[])[], indent = 2): string[] {
  const rows = of.map((row) => row.map((cell) => oneLine(cell)));
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.slice(0, -1).entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map(
    (row) =>
      ' '.repeat(indent) +
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
  );
}
