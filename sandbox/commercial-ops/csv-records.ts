/** A record's values as the file has them, and the line of the file in which it begins. */
export interface CsvRecord {
  readonly values: readonly string[];
  readonly line: number;
}

/** What is wrong with the text of a CSV file; no guess mends it. */
export class CsvFault extends Error {
  override readonly name = 'CsvFault';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const [LF, CR, QUOTE, COMMA] = [10, 13, 34, 44];

/** More than any line of a report has: a quote that nothing closes would swallow the rest of the file. */
const LONGEST_RECORD = 4_000_000;

/**
 * Reads CSV as RFC 4180 has it: commas, values in double quotes where they need them, lines that end in LF, CRLF or CR.
 * It passes over blank lines, and over nothing else.
 *
 * @throws CsvFault where text follows a closing quote, a quote stands within a value, or is never closed
 */
export class CsvRecords {
  private readonly onRecord: (record: CsvRecord) => void;
  private line = 1;
  private begins = 1;
  private values: string[] = [];
  /** Of the value that is being read, what earlier pieces of the file held. */
  private value = '';
  private length = 0;
  private state: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
  private quotedSince = 1;
  private afterReturn = false;
  /** How many records end in each way. */
  readonly ends = { lf: 0, crlf: 0, cr: 0 };

  constructor(onRecord: (record: CsvRecord) => void) {
    this.onRecord = onRecord;
  }

  /** @param text the next piece, of any length */
  push(text: string): void {
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (this.afterReturn) {
        this.afterReturn = false;
        if (code === LF) {
          if (this.state === 'quoted') continue;
          this.ends.cr--;
          this.ends.crlf++;
          from = i + 1;
          continue;
        }
      }
      if (this.state === 'quoted') {
        if (code === QUOTE) {
          this.take(text.slice(from, i));
          from = i + 1;
          this.state = 'closed';
        } else if (code === LF || code === CR) {
          this.line++;
          this.afterReturn = code === CR;
        }
        continue;
      }
      switch (code) {
        case QUOTE:
          if (this.state === 'plain') {
            throw new CsvFault(
              this.line,
              'has a quote in the middle of a value; a value with quotes stands in quotes itself, and has each of them twice',
            );
          }
          // The second of two stands for one.
          if (this.state === 'closed') this.take('"');
          else this.quotedSince = this.line;
          this.state = 'quoted';
          from = i + 1;
          break;
        case COMMA:
          this.endValue(text.slice(from, i));
          from = i + 1;
          break;
        case LF:
        case CR:
          this.endRecord(text.slice(from, i));
          this.ends[code === LF ? 'lf' : 'cr']++;
          this.afterReturn = code === CR;
          this.begins = ++this.line;
          from = i + 1;
          break;
        default:
          if (this.state === 'closed') {
            throw new CsvFault(
              this.line,
              'goes on after a closing quote; a comma or the end of the line was wanted there',
            );
          }
          this.state = 'plain';
      }
    }
    this.take(text.slice(from));
  }

  end(): void {
    if (this.state === 'quoted') this.neverClosed();
    this.endRecord('');
  }

  private take(text: string): void {
    this.value += text;
    this.length += text.length;
    if (this.length <= LONGEST_RECORD) return;
    if (this.state === 'quoted') this.neverClosed();
    throw new CsvFault(this.begins, `is longer than ${LONGEST_RECORD} characters; no report has such lines`);
  }

  private neverClosed(): never {
    throw new CsvFault(
      this.quotedSince,
      'opens a quote that nothing closes; the file is cut off, or a quote is missing',
    );
  }

  private endValue(rest: string): void {
    this.take(rest);
    this.values.push(this.value);
    this.value = '';
    this.state = 'start';
  }

  private endRecord(rest: string): void {
    const blank = this.values.length === 0 && this.state === 'start' && rest === '' && this.value === '';
    if (!blank) {
      this.endValue(rest);
      this.onRecord({ values: this.values, line: this.begins });
    }
    this.values = [];
    this.length = 0;
  }
}
