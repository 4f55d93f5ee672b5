import {
  DuckDBInstance,
  StatementType,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { COST_COLUMNS } from '../../sandbox/commercial-ops/cost-columns.ts';
import { identifier, list, text } from '../kernel/duck.ts';
import type { Snapshot, Warehouse } from '../../sandbox/commercial-ops/warehouse.ts';
import { toDuck } from './athena-dialect.ts';
import { ATHENA_MACROS, clockMacros } from './athena-functions.ts';

/** The catalog's name in Athena, and so of the attached database that holds the tables. */
const CATALOG = 'awsdatacatalog';
const INTERRUPT_EVERY_MS = 20;
const FUNCTIONS = `${CATALOG}.functions`;

export interface EngineRequest {
  /** One SELECT, its parameters already filled in. */
  readonly sql: string;
  /** The database that unqualified names are looked for in. */
  readonly database: string | undefined;
  readonly now: Date;
  /** Whether it has become pointless to begin. */
  cancelled(): boolean;
}

/** Told of the columns once, then of every row in order, its values in DuckDB's types. What it throws ends the query. */
export interface Receiver {
  columns(names: readonly string[], types: readonly DuckDBType[]): void;
  row(values: readonly DuckDBValue[]): void;
}

/** What Athena refuses before it runs anything. */
export class UnsupportedStatement extends Error {
  override readonly name = 'UnsupportedStatement';
}

/** DuckDB over the files that made up the warehouse at one moment, and over no other file of the machine. */
class Engine {
  private readonly instance: DuckDBInstance;
  private readonly snapshot: Snapshot;
  readonly key: string;
  readonly bytes: number;
  private users = 0;
  private retired = false;

  private constructor(instance: DuckDBInstance, snapshot: Snapshot) {
    this.instance = instance;
    this.snapshot = snapshot;
    this.key = keyOf(snapshot);
    this.bytes = snapshot.partitions.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  static async over(snapshot: Snapshot, database: string, table: string): Promise<Engine> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
    const connection = await instance.connect();
    const paths = snapshot.partitions.flatMap((partition) => partition.paths);
    const statements = [
      `attach ':memory:' as ${CATALOG}`,
      `create schema ${FUNCTIONS}`,
      `create schema ${CATALOG}.${identifier('default')}`,
      `create schema ${CATALOG}.${identifier(database)}`,
      ...ATHENA_MACROS.map((macro) => `create macro ${FUNCTIONS}.${macro}`),
      // As Athena divides; everything else of these is about letting no statement out of the warehouse.
      `set global integer_division = true`,
      `set global timezone = 'UTC'`,
      `set temp_directory = ''`,
      `set allowed_paths = ${list(paths)}`,
      `set enable_external_access = false`,
      `create view ${CATALOG}.${identifier(database)}.${identifier(table)} as ${tableOf(snapshot)}`,
    ];
    for (const statement of statements) await connection.run(statement);
    connection.closeSync();
    return new Engine(instance, snapshot);
  }

  async use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    this.users++;
    const connection = await this.instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
      this.users--;
      if (this.retired) await this.closeIfIdle();
    }
  }

  /** No new query will come: the instance and the files are let go of with the last one. */
  async retire(): Promise<void> {
    this.retired = true;
    await this.closeIfIdle();
  }

  private async closeIfIdle(): Promise<void> {
    if (this.users > 0) return;
    this.instance.closeSync();
    await this.snapshot.release();
  }
}

/** Runs statements, each on the table as it was when the statement began. */
export class AthenaEngine {
  private readonly warehouse: Warehouse;
  private readonly database: string;
  private readonly table: string;
  private current: Promise<Engine> | undefined;
  private readonly running = new Map<string, DuckDBConnection>();

  constructor({ warehouse, database, table }: { warehouse: Warehouse; database: string; table: string }) {
    this.warehouse = warehouse;
    this.database = database;
    this.table = table;
  }

  /**
   * @param id to interrupt it by
   * @throws UnsupportedStatement, or DuckDB's error
   */
  async run(id: string, request: EngineRequest, receiver: Receiver): Promise<{ scannedBytes: number }> {
    const engine = await this.engine();
    return engine.use(async (connection) => {
      if (request.cancelled()) return { scannedBytes: 0 };
      this.running.set(id, connection);
      try {
        const database = request.database ?? 'default';
        await connection.run(`set search_path = ${text(`${CATALOG}.${database},${FUNCTIONS}`)}`);
        for (const macro of clockMacros(request.now)) await connection.run(`create temporary macro ${macro}`);
        const statements = await connection.extractStatements(toDuck(request.sql));
        if (statements.count !== 1) {
          throw new UnsupportedStatement(`Only one sql statement is allowed. Got: ${request.sql}`);
        }
        const statement = await statements.prepare(0);
        if (statement.statementType !== StatementType.SELECT) {
          throw new UnsupportedStatement(
            'Queries of this type are not supported: the sandbox emulates SELECT only',
          );
        }
        const result = await statement.stream();
        receiver.columns(result.columnNames(), result.columnTypes());
        for await (const rows of result.yieldRows()) for (const row of rows) receiver.row(row);
        return { scannedBytes: reads(request.sql, this.table) ? engine.bytes : 0 };
      } finally {
        this.running.delete(id);
      }
    });
  }

  /** Until it has ended: DuckDB forgets an interrupt that comes just before a statement begins. */
  interrupt(id: string): void {
    const connection = this.running.get(id);
    if (!connection) return;
    connection.interrupt();
    setTimeout(() => this.interrupt(id), INTERRUPT_EVERY_MS);
  }

  async close(): Promise<void> {
    const engine = this.current;
    this.current = undefined;
    await (await engine)?.retire();
  }

  /** The instance over the table's present files; a new one only when a month was replaced. */
  private async engine(): Promise<Engine> {
    for (;;) {
      const before = this.current;
      const engine = await before;
      const wanted = this.warehouse
        .current()
        .flatMap(({ keys }) => keys)
        .join('\n');
      if (engine && engine.key === wanted && this.current === before) return engine;
      if (this.current !== before) continue;
      const snapshot = this.warehouse.open();
      this.current = Engine.over(snapshot, this.database, this.table);
      await engine?.retire();
    }
  }
}

const keyOf = ({ partitions }: Snapshot): string => partitions.flatMap(({ keys }) => keys).join('\n');

/** An upper bound, as for a table that isn't columnar: all its files. */
const reads = (sql: string, table: string): boolean => new RegExp(`\\b${table}\\b`, 'i').test(sql);

/** The partition column comes last, as Hive has it; a month that a WHERE leaves out is not read. */
function tableOf({ partitions }: Snapshot): string {
  const columns = Object.entries(COST_COLUMNS);
  if (partitions.length === 0) {
    return `select ${columns.map(([name, type]) => `cast(null as ${type}) as ${name}`).join(', ')}, cast(null as varchar) as period where false`;
  }
  const names = columns.map(([name]) => name).join(', ');
  return partitions
    .map(
      ({ paths, period }) => `select ${names}, ${text(period)} as period from read_parquet(${list(paths)})`,
    )
    .join(' union all ');
}
