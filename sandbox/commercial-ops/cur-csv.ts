import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { isHeader, mapColumns, type ColumnMapping } from './cur-export-columns.ts';
import { CsvFault, CsvRecords, type CsvRecord } from './csv-records.ts';
import { ReportRefused, textOf } from './report-file.ts';

/** A CSV report, rewritten as nothing can be read in two ways: `line` and the columns that are read, all in quotes. */
export interface PlainCsv {
  readonly mapping: ColumnMapping;
  /** The columns of the plain file after `line`, by the names that the report gives them. */
  readonly columns: readonly string[];
  /** Counted while the file was read, by the rules of CSV alone. */
  readonly records: number;
  /** Of each column that is not kept, how many values are not empty. */
  readonly values: ReadonlyMap<number, number>;
  readonly notes: readonly string[];
}

/** Title rows that are looked through for the header. */
const MOST_TITLES = 50;
const FLUSH_AT = 1 << 20;

/**
 * @param target the plain file
 * @throws ReportRefused naming the line that is no record of the header's columns, and what to do about it
 */
export async function readCsv(file: string, format: 'csv' | 'gzip', target: string): Promise<PlainCsv> {
  const report = new CsvReport(file);
  const out = createWriteStream(target);
  const records = new CsvRecords((record) => report.take(record));
  try {
    for await (const text of textOf(file, format)) {
      records.push(text);
      if (report.plain.length >= FLUSH_AT && !out.write(report.flush())) await once(out, 'drain');
    }
    records.end();
    const read = report.end();
    out.end(report.flush());
    await once(out, 'finish');
    return { ...read, notes: notesOn(records) };
  } catch (error) {
    out.destroy();
    if (!(error instanceof CsvFault)) throw error;
    throw new ReportRefused(
      `line ${error.line} of ${file} ${error.message}. Correct that line, or export the report again`,
      { cause: error },
    );
  }
}

class CsvReport {
  plain = '';
  private readonly file: string;
  private header: CsvRecord | undefined;
  private mapping: ColumnMapping | undefined;
  private kept: number[] = [];
  private costAt = 0;
  private readonly titles: CsvRecord[] = [];
  private short: CsvRecord | undefined;
  private records = 0;
  private values: number[] = [];

  constructor(file: string) {
    this.file = file;
  }

  take(record: CsvRecord): void {
    if (this.short) this.refuse(this.short);
    if (!this.header) return this.takeTitle(record);
    const { values, line } = record;
    if (values.length !== this.header.values.length) {
      // Whether it is the last one is known only once another comes, or none.
      this.short = record;
      return;
    }
    // Numbers begin below the letters.
    if ((values[this.costAt]?.charCodeAt(0) ?? 0) > 57 && isHeader(values)) this.refuse(record);
    this.records++;
    let text = `"${line}"`;
    for (const at of this.kept) {
      const value = values[at] ?? '';
      text += value.includes('"') ? `,"${value.replaceAll('"', '""')}"` : `,"${value}"`;
    }
    this.plain += `${text}\n`;
    for (let at = 0; at < values.length; at++) {
      if (isFilled(values[at])) this.values[at] = (this.values[at] ?? 0) + 1;
    }
  }

  flush(): string {
    const { plain } = this;
    this.plain = '';
    return plain;
  }

  end(): Omit<PlainCsv, 'notes'> {
    if (this.short) this.refuse(this.short, true);
    if (!this.header || !this.mapping) this.mapHeader(this.titles[0]);
    const { header, mapping, kept, records, values } = this;
    if (!header || !mapping) throw new ReportRefused(`${this.file} holds nothing but blank lines`);
    return {
      mapping,
      columns: kept.map((at) => header.values[at] ?? ''),
      records,
      values: new Map(mapping.others.map(({ at }) => [at, values[at] ?? 0])),
    };
  }

  /** The header is the first record; what comes before one would be lost. */
  private takeTitle(record: CsvRecord): void {
    const [first] = this.titles;
    if (!first && isHeader(record.values)) return this.mapHeader(record);
    if (first && isHeader(record.values)) {
      throw new ReportRefused(
        `line ${first.line} of ${this.file} ("${begins(first)}") comes before the header, which is in line ${record.line}; ` +
          `remove what stands before it`,
      );
    }
    this.titles.push(record);
    if (this.titles.length > MOST_TITLES) this.mapHeader(first);
  }

  private mapHeader(header: CsvRecord | undefined): void {
    if (!header) return;
    this.mapping = mapColumns(header.values, header.line);
    this.header = header;
    const { read } = this.mapping;
    this.kept = read.map(({ at }) => at);
    this.costAt = read.find(({ ours }) => ours === 'line_item_unblended_cost')?.at ?? 0;
  }

  private refuse(record: CsvRecord, last = false): never {
    const { values, line } = record;
    const wanted = this.header?.values.length ?? 0;
    const many = `${values.length} ${values.length === 1 ? 'value' : 'values'}`;
    const why = isHeader(values)
      ? `is a header again: two reports are joined in this file; give each by itself, or leave the second header out ` +
        `if both have the same columns`
      : values.length > wanted
        ? `has ${many}, and the header names ${wanted} columns; a value with a comma in it must stand in quotes, ` +
          `and reports of other columns can't be joined`
        : last
          ? `has ${many}, and the header names ${wanted} columns: the file ends in the middle of it; copy it again`
          : `has ${many}, and the header names ${wanted} columns; export the report again, or correct that line`;
    throw new ReportRefused(`line ${line} of ${this.file} (it begins "${begins(record)}") ${why}`);
  }
}

const isFilled = (value: string | undefined): boolean => value !== undefined && value.trim() !== '';

const begins = ({ values: [first = ''] }: CsvRecord): string =>
  first.length > 40 ? `${first.slice(0, 40)}…` : first;

function notesOn({ ends }: CsvRecords): string[] {
  const used = Object.entries(ends).filter(([, count]) => count > 0);
  return used.length > 1
    ? [`its line ends are mixed: ${used.map(([end, n]) => `${n} ${end.toUpperCase()}`).join(', ')}`]
    : [];
}
