import { isUtf8 } from 'node:buffer';
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** The file can't be used as a report: says what it is, or where it is wrong, and what to do. */
export class ReportRefused extends Error {
  override readonly name = 'ReportRefused';
}

const WANTED = '--cur wants a Cost and Usage Report as CSV (gzipped or not) or Parquet';
const HEAD_BYTES = 4_096;

interface Other {
  /** First bytes as Latin-1, any of these. */
  readonly begins: readonly string[];
  readonly is: string;
  readonly remedy: string;
}

/** Formats that people give by mistake. */
const OTHERS: readonly Other[] = [
  {
    begins: ['PK\x03\x04', 'PK\x05\x06'],
    is: 'a ZIP archive',
    remedy: 'unpack it and give the CSV inside, or have AWS deliver GZIP or Parquet',
  },
  { begins: ['\xff\xfe\0\0', '\0\0\xfe\xff'], is: 'text in UTF-32', remedy: utf8('UTF-32') },
  { begins: ['\xff\xfe', '\xfe\xff'], is: 'text in UTF-16', remedy: utf8('UTF-16') },
  { begins: ['\x28\xb5\x2f\xfd'], is: 'compressed with Zstandard', remedy: 'unpack it: zstd -d' },
  { begins: ['BZh'], is: 'compressed with bzip2', remedy: 'unpack it: bunzip2' },
  { begins: ['\xfd7zXZ'], is: 'compressed with xz', remedy: 'unpack it: unxz' },
  { begins: ['7z\xbc\xaf'], is: 'a 7-Zip archive', remedy: 'unpack it and give the CSV inside' },
  { begins: ['PARE'], is: 'an encrypted Parquet file', remedy: 'decrypt it first' },
  { begins: ['Obj\x01', 'ORC'], is: 'Avro or ORC', remedy: 'have AWS deliver Parquet or GZIP' },
  { begins: ['\xd0\xcf\x11\xe0'], is: 'an Excel workbook', remedy: 'save it as CSV (UTF-8)' },
  { begins: ['%PDF'], is: 'a PDF', remedy: 'export the report as CSV or Parquet' },
  { begins: ['<'], is: 'HTML or XML', remedy: 'download the file itself, not a page about it' },
  {
    begins: ['{', '['],
    is: 'JSON',
    remedy: 'a manifest only names the files of a report: give one of those',
  },
];

function otherThan(head: string): Omit<Other, 'begins'> | undefined {
  const other = OTHERS.find(({ begins }) => begins.some((bytes) => head.startsWith(bytes)));
  if (other) return other;
  // No byte order mark, but every other byte of the first letters is zero.
  const zeros = [...head.slice(0, 8)].map((letter) => (letter === '\0' ? '0' : 'x')).join('');
  if (zeros === 'x0x0x0x0') return { is: 'text in UTF-16', remedy: utf8('UTF-16LE') };
  if (zeros === '0x0x0x0x') return { is: 'text in UTF-16', remedy: utf8('UTF-16BE') };
  return undefined;
}

function utf8(from: string): string {
  return `convert it: iconv -f ${from} -t UTF-8`;
}

export type ReportFormat = 'csv' | 'gzip' | 'parquet';

/**
 * What the file is, by its first bytes: names say little.
 * @throws ReportRefused for what is no CSV and no Parquet
 */
export function formatOf(file: string): ReportFormat {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new ReportRefused(`there is no file ${file}; ${WANTED}`);
  if (!found.isFile()) throw new ReportRefused(`${file} is no file; ${WANTED}. Of a folder give one file`);
  if (found.size === 0) throw new ReportRefused(`${file} is empty; ${WANTED}`);
  const head = Buffer.alloc(Math.min(HEAD_BYTES, found.size));
  const tail = Buffer.alloc(Math.min(4, found.size));
  const handle = openSync(file, 'r');
  try {
    readSync(handle, head, 0, head.length, 0);
    readSync(handle, tail, 0, tail.length, found.size - tail.length);
  } finally {
    closeSync(handle);
  }
  const begins = head.toString('latin1');
  const other = otherThan(begins);
  if (other) throw new ReportRefused(`${file} is ${other.is}; ${other.remedy}. ${WANTED}`);
  if (begins.startsWith('PAR1')) {
    if (tail.toString('latin1') === 'PAR1') return 'parquet';
    throw new ReportRefused(
      `${file} is a Parquet file that is cut off: its last bytes are missing after ${found.size} bytes; copy it again`,
    );
  }
  return begins.startsWith('\x1f\x8b') ? 'gzip' : 'csv';
}

/**
 * The text of a CSV in pieces, without its byte order mark.
 * @throws ReportRefused naming the line that is not UTF-8, or saying that a gzip is damaged or cut off
 */
export async function* textOf(file: string, format: 'csv' | 'gzip'): AsyncGenerator<string> {
  let kept: Buffer = Buffer.alloc(0);
  let line = 1;
  let first = true;
  const piece = (bytes: Buffer): string => {
    line += requireUtf8(file, bytes, line);
    const text = bytes.toString('utf8');
    const begun = first && text.startsWith('\uFEFF') ? text.slice(1) : text;
    first = false;
    return begun;
  };
  for await (const bytes of bytesOf(file, format)) {
    const all = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
    // No character of several bytes has a line end in it; the other half of CRLF may be yet to come.
    const last = Math.max(all.lastIndexOf(10), all.lastIndexOf(13));
    const end = all[last] === 13 ? last : last + 1;
    kept = all.subarray(end);
    if (end > 0) yield piece(all.subarray(0, end));
  }
  if (kept.length > 0) yield piece(kept);
}

async function* bytesOf(file: string, format: 'csv' | 'gzip'): AsyncGenerator<Buffer> {
  const raw: Readable = createReadStream(file, { highWaterMark: 1 << 20 });
  if (format === 'csv') {
    yield* raw as AsyncIterable<Buffer>;
    return;
  }
  const gunzip = createGunzip({ chunkSize: 1 << 20 });
  raw.on('error', (error) => gunzip.destroy(error));
  raw.pipe(gunzip);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw new ReportRefused(
      code === 'Z_BUF_ERROR'
        ? `${file} is a gzip that is cut off: it ends after ${statSync(file).size} bytes, in the middle; copy it again`
        : `${file} is a damaged gzip (${message}); copy it again`,
      { cause: error },
    );
  } finally {
    raw.destroy();
  }
  const { size } = statSync(file);
  if (gunzip.bytesWritten === size) return;
  throw new ReportRefused(
    `${file} goes on after its gzip ends: ${size - gunzip.bytesWritten} of ${size} bytes are no gzip; ` +
      `give the packed and the plain part each by itself`,
  );
}

/** @returns the line ends in the bytes */
function requireUtf8(file: string, bytes: Buffer, line: number): number {
  const ends = linesIn(bytes);
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    throw new ReportRefused(
      `${file} has a zero byte in line ${line + linesIn(bytes.subarray(0, zero))}: it is no text, or is damaged; copy it again`,
    );
  }
  if (isUtf8(bytes)) return ends;
  const at = firstStrange(bytes);
  throw new ReportRefused(
    `${file} is not UTF-8: line ${line + linesIn(bytes.subarray(0, at))} holds the byte 0x${bytes[at]?.toString(16)}. ` +
      `If it is Latin-1 or Windows-1252, convert it: iconv -f WINDOWS-1252 -t UTF-8`,
  );
}

/** Where the bytes stop being UTF-8. */
function firstStrange(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (!isUtf8(bytes.subarray(at, at + length))) return at;
    at += length - 1;
  }
  return bytes.length - 1;
}

/** LF, CRLF and CR end a line each. */
function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1)) if (bytes[at + 1] !== 10) count++;
  return count;
}
