/** Athena's result file: every value quoted, NULL as nothing at all. */
export const csvLine = (values: readonly (string | null)[]): string =>
  `${values.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(',')}\n`;

/** Reads what `csvLine` wrote. */
export function parseCsv(csv: string): (string | null)[][] {
  const lines: (string | null)[][] = [];
  let line: (string | null)[] = [];
  let at = 0;
  while (at < csv.length) {
    if (csv[at] === '"') {
      let value = '';
      for (at++; ; at++) {
        const quote = csv.indexOf('"', at);
        if (quote < 0) throw new Error('an Athena result file ends within a value');
        value += csv.slice(at, quote);
        at = quote + 1;
        if (csv[at] !== '"') break;
        value += '"';
      }
      line.push(value);
    } else {
      line.push(null);
    }
    if (csv[at] === '\n') {
      lines.push(line);
      line = [];
    }
    at++;
  }
  return lines;
}
