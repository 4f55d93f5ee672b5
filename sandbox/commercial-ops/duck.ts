import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { text } from '../../emulator/aws/sql-text.ts';

export type DuckRow = Record<string, string | null>;

/** Leaves half of a laptop to PostgreSQL and the workers. */
const LIMITS = { threads: '2', memory_limit: '1GB', preserve_insertion_order: 'true' };

/**
 * The jobs' own DuckDB: reads and writes Parquet, and counts in decimals. Held in memory, made on first use.
 * (Queries of people and probes go through Athena, which has an instance of its own without file access.)
 */
export class Duck {
  private opened: Promise<DuckDBConnection> | undefined;
  private instance: DuckDBInstance | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private readonly temporary: string;

  /** @param temporary directory for what does not fit into memory */
  constructor(temporary: string) {
    this.temporary = temporary;
  }

  /** One statement after the other: an instance that does one thing at a time keeps to its memory. */
  async run(sql: string): Promise<void> {
    await this.inTurn(async (connection) => connection.run(sql));
  }

  /** Values as text, so that no decimal passes through a float. */
  async rows<Row = DuckRow>(sql: string): Promise<Row[]> {
    return this.inTurn(async (connection) => {
      const reader = await connection.runAndReadAll(sql);
      const names = reader.columnNames();
      return reader.getRows().map((values) => {
        const row = values.map((value, i) => [names[i], value === null ? null : String(value)]);
        return Object.fromEntries(row) as Row;
      });
    });
  }

  close(): void {
    this.instance?.closeSync();
    this.instance = undefined;
    this.opened = undefined;
  }

  private inTurn<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const turn = this.last.then(async () => work(await this.connection()));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private connection(): Promise<DuckDBConnection> {
    this.opened ??= (async () => {
      this.instance = await DuckDBInstance.create(':memory:', { ...LIMITS, temp_directory: this.temporary });
      const connection = await this.instance.connect();
      await connection.run(`set timezone = 'UTC'`);
      return connection;
    })();
    return this.opened;
  }
}

/** A moment as a literal of DuckDB's TIMESTAMP, which is UTC throughout the sandbox. */
export const moment = (at: Date): string =>
  `timestamp ${text(at.toISOString().replace('T', ' ').replace('Z', ''))}`;
