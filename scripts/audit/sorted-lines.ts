import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Characters that wait in memory, and those that are read at a time from a file. */
const IN_MEMORY = 8_000_000;
const AT_ONCE = 65_536;

/** Texts are compared by their bytes in UTF-8, as PostgreSQL does under the collation "C". */
export const byteOrder = (text: string): string => Buffer.from(text).toString('latin1');

/** Lines by their bytes, however many: what does not fit into memory lies sorted in files of a folder of its own. */
export class SortedLines {
  #lines: string[] = [];
  #characters = 0;
  #folder: string | undefined;
  readonly #files: string[] = [];

  readonly #inMemory: number;

  /** @param inMemory characters */
  constructor(inMemory = IN_MEMORY) {
    this.#inMemory = inMemory;
  }

  /** @param line without a newline */
  add(line: string): void {
    const bytes = byteOrder(line);
    this.#lines.push(bytes);
    this.#characters += bytes.length;
    if (this.#characters > this.#inMemory) this.#putAside();
  }

  #putAside(): void {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'responder-audit-'));
    const file = join(this.#folder, `${this.#files.length}`);
    writeFileSync(
      file,
      this.#lines
        .sort()
        .map((line) => `${line}\n`)
        .join(''),
      'latin1',
    );
    this.#files.push(file);
    [this.#lines, this.#characters] = [[], 0];
  }

  *[Symbol.iterator](): Generator<string> {
    const sources = [...this.#files.map(linesIn), this.#lines.sort()[Symbol.iterator]()];
    const heads = sources.flatMap((source) => {
      const { value, done } = source.next();
      return done ? [] : [{ source, line: value }];
    });
    while (heads.length > 0) {
      let least = 0;
      for (let i = 1; i < heads.length; i++)
        if ((heads[i]?.line ?? '') < (heads[least]?.line ?? '')) least = i;
      const head = heads[least];
      if (!head) return;
      yield Buffer.from(head.line, 'latin1').toString();
      const next = head.source.next();
      if (next.done) heads.splice(least, 1);
      else head.line = next.value;
    }
  }

  /** Removes its folder. */
  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}

function* linesIn(file: string): Generator<string, undefined> {
  const from = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(AT_ONCE);
    let rest = '';
    for (let read; (read = readSync(from, buffer)) > 0;) {
      const lines = (rest + buffer.toString('latin1', 0, read)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    closeSync(from);
  }
}
