import {
  DuckDBInstance,
  StatementType,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { identifier, list, text } from './sql-text.ts';
import { toDuck } from './athena-dialect.ts';
import { ATHENA_MACROS, clockMacros } from './athena-functions.ts';
import { namesTable, type AthenaPartition, type AthenaSnapshot, type AthenaTable } from './athena-table.ts';

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
  /** Whether the statement need not begin any more. */
  cancelled(): boolean;
}

/** Gets the columns once, then every row in order, with values in DuckDB's types. Throwing ends the query. */
export interface Receiver {
  columns(names: readonly string[], types: readonly DuckDBType[]): void;
  row(values: readonly DuckDBValue[]): void;
}

/** What Athena refuses before it runs anything. */
export class UnsupportedStatement extends Error {
  override readonly name = 'UnsupportedStatement';
}

/** DuckDB over the files that made up the tables at one moment, and over no other file of the machine. */
class Engine {
  private readonly instance: DuckDBInstance;
  private readonly opened: readonly OpenTable[];
  readonly key: string;
  private users = 0;
  private retired = false;

  private constructor(instance: DuckDBInstance, opened: readonly OpenTable[]) {
    this.instance = instance;
    this.opened = opened;
    this.key = opened.map(({ table, snapshot }) => keyOf(table, snapshot.partitions)).join('\n');
  }

  static async over(tables: readonly AthenaTable[]): Promise<Engine> {
    const opened = tables.map(openTable);
    const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
    const connection = await instance.connect();
    const paths = opened.flatMap(({ snapshot }) => snapshot.partitions.flatMap((part) => part.paths));
    const schemas = new Set(['default', ...tables.map(({ database }) => database)]);
    const statements = [
      `attach ':memory:' as ${CATALOG}`,
      `create schema ${FUNCTIONS}`,
      ...[...schemas].map((schema) => `create schema ${CATALOG}.${identifier(schema)}`),
      ...ATHENA_MACROS.map((macro) => `create macro ${FUNCTIONS}.${macro}`),
      // Athena divides integers like this. The other settings keep statements away from other files.
      `set global integer_division = true`,
      `set global timezone = 'UTC'`,
      `set temp_directory = ''`,
      `set allowed_paths = ${list(paths)}`,
      `set enable_external_access = false`,
      ...opened.map(
        ({ table: { database, name }, view }) =>
          `create view ${CATALOG}.${identifier(database)}.${identifier(name)} as ${view}`,
      ),
    ];
    for (const statement of statements) await connection.run(statement);
    connection.closeSync();
    return new Engine(instance, opened);
  }

  /** An upper bound: all files of each table that the statement names. */
  bytesRead(sql: string): number {
    return this.opened
      .filter(({ table }) => namesTable(sql, table))
      .flatMap(({ snapshot }) => snapshot.partitions)
      .reduce((sum, { bytes }) => sum + bytes, 0);
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

  /** No new query will come: the last one closes the instance and releases the files. */
  async retire(): Promise<void> {
    this.retired = true;
    await this.closeIfIdle();
  }

  private async closeIfIdle(): Promise<void> {
    if (this.users > 0) return;
    this.instance.closeSync();
    for (const { snapshot } of this.opened) await snapshot.release();
  }
}

/** Runs statements, each on the tables as they were when the statement began. */
export class AthenaEngine {
  private readonly tables: readonly AthenaTable[];
  private current: Promise<Engine> | undefined;
  private readonly running = new Map<string, DuckDBConnection>();

  /** @param tables may grow: a new table is there for the next statement */
  constructor(tables: readonly AthenaTable[]) {
    this.tables = tables;
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
          throw new UnsupportedStatement('Queries of this type are not supported: only SELECT is emulated');
        }
        const result = await statement.stream();
        receiver.columns(result.columnNames(), result.columnTypes());
        for await (const rows of result.yieldRows()) for (const row of rows) receiver.row(row);
        return { scannedBytes: engine.bytesRead(request.sql) };
      } finally {
        this.running.delete(id);
      }
    });
  }

  /** Repeated until the statement has ended: DuckDB forgets an interrupt that comes just before it begins. */
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

  /** The instance over the present files; a new one only when a partition was replaced. */
  private async engine(): Promise<Engine> {
    for (;;) {
      const before = this.current;
      const engine = await before;
      const wanted = this.tables.map((table) => keyOf(table, table.current())).join('\n');
      if (engine && engine.key === wanted && this.current === before) return engine;
      if (this.current !== before) continue;
      this.current = Engine.over([...this.tables]);
      await engine?.retire();
    }
  }
}

interface OpenTable {
  readonly table: AthenaTable;
  readonly snapshot: AthenaSnapshot;
  /** The SELECT that shows its files as one table. */
  readonly view: string;
}

function openTable(table: AthenaTable): OpenTable {
  const snapshot = table.open();
  return { table, snapshot, view: viewOf(table, snapshot) };
}

const keyOf = ({ database, name }: AthenaTable, partitions: readonly AthenaPartition[]): string =>
  [`${database}.${name}`, ...partitions.flatMap(({ keys }) => keys)].join('\n');

/** The partition column comes last, as Hive has it; a partition that a WHERE leaves out is not read. */
function viewOf({ columns, partitionColumn }: AthenaTable, { partitions }: AthenaSnapshot): string {
  const names = Object.keys(columns);
  if (partitions.length === 0) {
    const empty = Object.entries({ ...columns, [partitionColumn]: 'varchar' });
    return `select ${empty.map(([name, type]) => `cast(null as ${type}) as ${name}`).join(', ')} where false`;
  }
  return partitions
    .map(
      ({ paths, value }) =>
        `select ${names.join(', ')}, ${text(value)} as ${partitionColumn} from read_parquet(${list(paths)})`,
    )
    .join(' union all ');
}
