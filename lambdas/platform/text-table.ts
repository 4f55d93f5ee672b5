/** Columns as wide as their widest cell; the last is not padded. */
export function aligned(rows: readonly (readonly string[])[], indent = 2): string[] {
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

/** `2026-11-23` and `14:11:00` of a moment, UTC. */
export const day = (moment: string | Date): string => new Date(moment).toISOString().slice(0, 10);
export const time = (moment: string | Date): string => new Date(moment).toISOString().slice(11, 19);
export const dayAndTime = (moment: string | Date): string => `${day(moment)} ${time(moment).slice(0, 5)}`;

/** For people: `user/ada` instead of the ARN, `2026-11-23 14:11Z` instead of the moment. */
export const readable = (text: string): string =>
  text
    .replaceAll(/arn:aws[\w-]*:(?:iam|sts)::\d{12}:/g, '')
    .replaceAll(/(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?(?:\.\d+)?(?:Z|\+00:00)/g, '$1 $2Z');
