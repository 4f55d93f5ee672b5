import type { Readable } from 'node:stream';

/** Splits one output of a worker into lines, and knows when an invocation's part of it is complete. */
export class LineReader {
  /** Resolves when the marker of the invocation was read, or the stream has ended. */
  ended: Promise<void> = Promise.resolve();
  private rest = '';
  private marker: string | undefined;
  private onLine: (line: string) => void = () => undefined;
  private end: () => void = () => undefined;
  private closed = false;

  constructor(stream: Readable | null) {
    if (!stream) throw new Error('The worker was started without a pipe for its output');
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.take(text));
    stream.on('close', () => {
      if (this.rest !== '') this.onLine(this.rest);
      this.rest = '';
      this.closed = true;
      this.end();
    });
  }

  /** Lines belong to this invocation from now on; earlier ones (a module's own output) do too. */
  begin(marker: string, onLine: (line: string) => void): void {
    this.marker = marker;
    this.onLine = onLine;
    this.ended = new Promise((resolve) => (this.end = resolve));
    if (this.closed) this.end();
  }

  /** Further lines belong to no invocation. */
  silence(): void {
    this.marker = undefined;
    this.onLine = () => undefined;
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      // The function's last line may have no line feed, so the marker can follow on the same line.
      const at = this.marker === undefined ? -1 : line.indexOf(this.marker);
      const own = at < 0 ? line : line.slice(0, at);
      if (at !== 0) this.onLine(own);
      if (at >= 0) this.end();
    }
  }
}
