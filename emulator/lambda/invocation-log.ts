/** Where log lines go: the `Logs` service. */
export interface LogSink {
  append(group: string, stream: string, message: string, at?: Date): unknown;
}

export interface InvocationLogOptions {
  readonly sink: LogSink;
  readonly group: string;
  readonly stream: string;
  readonly now: () => Date;
}

/** Lambda answers `LogType: Tail` with the last 4 KB. */
const TAIL_BYTES = 4096;

/** One invocation's lines, from START to REPORT. */
export class InvocationLog {
  private readonly options: InvocationLogOptions;
  private readonly writes: unknown[] = [];
  private readonly lines: string[] = [];

  constructor(options: InvocationLogOptions) {
    this.options = options;
  }

  line(text: string): void {
    const { sink, group, stream, now } = this.options;
    this.lines.push(text);
    this.writes.push(sink.append(group, stream, text, now()));
  }

  /** Resolves when all lines are in the log group. */
  async written(): Promise<void> {
    await Promise.all(this.writes);
  }

  tail(): string {
    return Buffer.from(this.lines.map((line) => `${line}\n`).join(''))
      .subarray(-TAIL_BYTES)
      .toString('base64');
  }
}
