import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { AwsError, type Authorizer, type Principal } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { denial } from './athena-access.ts';
import { csvLine, parseCsv } from './athena-csv.ts';
import { AthenaEngine } from './athena-engine.ts';
import { resultKey, type QueryRequest, type StoredExecution } from './athena-execution.ts';
import { namesTable, type AthenaTable } from './athena-table.ts';
import { columnOf, printValue, type StoredColumn } from './athena-values.ts';
import type { S3 } from './s3.ts';

export interface AthenaOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'collection'>;
  readonly s3: Pick<S3, 'createBucket' | 'get' | 'put'>;
  readonly iam: Authorizer;
}

/** A result is held in memory once. */
const MOST_RESULT_BYTES = 64 * 1024 * 1024;

/** Queries from their start to their result; each runs in the background and counts as in flight. */
export class AthenaExecutions {
  private readonly options: AthenaOptions;
  private readonly stored: Collection<StoredExecution>;
  private readonly running = new Map<string, Promise<void>>();
  private closing = false;
  private readonly tables: AthenaTable[] = [];
  private readonly engine = new AthenaEngine(this.tables);

  constructor(options: AthenaOptions) {
    this.options = options;
    this.stored = options.store.collection<StoredExecution>('athena.query');
  }

  addTable(table: AthenaTable): void {
    this.tables.push(table);
  }

  get(id: string): StoredExecution | undefined {
    return this.stored.get(id);
  }

  /** Of one workgroup, the newest first. */
  of(workgroup: string): StoredExecution[] {
    return this.stored
      .all()
      .filter((execution) => execution.workgroup === workgroup)
      .reverse();
  }

  /** @returns the id; of the query that was started before with the same token, if there was one */
  async start(request: QueryRequest, principal: Principal): Promise<string> {
    const before =
      request.token === null ? undefined : this.stored.all().find(({ token }) => token === request.token);
    if (before) {
      if (JSON.stringify(essence(before)) === JSON.stringify(essence(request))) return before.id;
      throw new AwsError('InvalidRequestException', 'Idempotent parameters do not match');
    }
    refuseOtherStatements(request.sql);
    const submittedAt = this.options.clock.now().toISOString();
    const execution: StoredExecution = { ...request, id: randomUUID(), state: 'RUNNING', submittedAt };
    const denied = this.denied(execution, principal);
    if (denied !== undefined) {
      await this.stored.put(execution.id, {
        ...execution,
        state: 'FAILED',
        reason: denied,
        completedAt: submittedAt,
      });
      return execution.id;
    }
    const kept = this.stored.put(execution.id, execution);
    this.begin(execution, kept);
    await kept;
    return execution.id;
  }

  resume(): void {
    for (const execution of this.stored.all()) {
      if (execution.state !== 'RUNNING') continue;
      this.begin(execution);
    }
  }

  /** One that has ended stays as it is. */
  async stop(execution: StoredExecution): Promise<void> {
    if (execution.state !== 'RUNNING') return;
    await this.end(execution, { state: 'CANCELLED', reason: 'Query cancelled by user' });
    this.engine.interrupt(execution.id);
  }

  /** All rows of the result, the header first. */
  async rows(execution: StoredExecution): Promise<(string | null)[][]> {
    const body = await this.options.s3.get(execution.output.bucket, resultKey(execution));
    return parseCsv(Buffer.from(body).toString('utf8'));
  }

  /** Running queries are interrupted, and stay RUNNING in the store: a new start runs them again. */
  async close(): Promise<void> {
    this.closing = true;
    for (const id of this.running.keys()) this.engine.interrupt(id);
    await Promise.allSettled(this.running.values());
    await this.engine.close();
  }

  private begin(execution: StoredExecution, kept?: Promise<void>): void {
    this.options.clock.spawn(`Athena query ${execution.id}`, async () => {
      await kept;
      const run = this.run(execution).finally(() => this.running.delete(execution.id));
      this.running.set(execution.id, run);
      await run;
    });
  }

  private async run(execution: StoredExecution): Promise<void> {
    try {
      const { columns, csv, scannedBytes } = await this.query(execution);
      if (scannedBytes > (execution.cutoff ?? Infinity)) {
        const reason = 'Bytes scanned limit was exceeded';
        await this.end(execution, { state: 'CANCELLED', reason, scannedBytes });
        return;
      }
      await this.options.s3.put(execution.output.bucket, resultKey(execution), Buffer.from(csv.join('')));
      await this.end(execution, { state: 'SUCCEEDED', columns, scannedBytes });
    } catch (error) {
      await this.end(execution, { state: 'FAILED', reason: reasonOf(error as Error) });
    }
  }

  private async query({ id, sql, database }: StoredExecution) {
    const csv: string[] = [];
    let size = 0;
    const columns: StoredColumn[] = [];
    const known = ['default', ...this.tables.map((table) => table.database)];
    if (database !== null && !known.includes(database))
      throw new Error(`SCHEMA_NOT_FOUND: line 1:1: Schema '${database}' does not exist`);
    const now = this.options.clock.now();
    const cancelled = () => this.closing;
    const { scannedBytes } = await this.engine.run(
      id,
      { sql, database: database ?? undefined, now, cancelled },
      {
        columns: (names, types) => {
          columns.push(...types.map((type, i) => columnOf(names[i] ?? '', type, i, sql)));
          csv.push(csvLine(columns.map(({ name }) => name)));
        },
        row: (values) => {
          const line = csvLine(columns.map((column, i) => printValue(values[i] ?? null, column)));
          size += line.length;
          if (size > MOST_RESULT_BYTES) {
            throw new Error(
              `the result is over ${MOST_RESULT_BYTES} bytes, more than is kept: aggregate, or add a LIMIT`,
            );
          }
          csv.push(line);
        },
      },
    );
    return { columns, csv, scannedBytes };
  }

  /** A new start runs again what was going on when this one closed. */
  private async end(execution: StoredExecution, how: Partial<StoredExecution>): Promise<void> {
    // A stopped query may have come to its end in that moment.
    if (this.closing || this.stored.get(execution.id)?.state === 'CANCELLED') return;
    const completedAt = this.options.clock.now().toISOString();
    await this.stored.put(execution.id, { ...execution, ...how, completedAt });
  }

  private denied(execution: StoredExecution, principal: Principal): string | undefined {
    return denial(this.options.iam, principal, {
      tables: this.tables.filter((table) => namesTable(execution.sql, table)),
      result: execution.managed ? undefined : { bucket: execution.output.bucket, key: resultKey(execution) },
    });
  }
}

/** The parts that must be equal for two requests to be the same. */
const essence = ({ query, parameters, database, workgroup, output }: QueryRequest) => ({
  query,
  parameters,
  database,
  workgroup,
  output: { bucket: output.bucket, prefix: output.prefix },
});

/** @throws for a statement that is not a query: nothing may look as if it were done */
function refuseOtherStatements(sql: string): void {
  const bare = sql.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ').trim();
  if (/^(select|with|values|table)\b|^\(/i.test(bare)) return;
  throw new AwsError(
    'InvalidRequestException',
    `Queries of this type are not supported: only SELECT is emulated. Got: ${bare.slice(0, 80)}`,
  );
}

/** DuckDB's kinds of errors by Athena's names; the rest of the message is DuckDB's. */
const REASONS: readonly [RegExp, string][] = [
  [/^Catalog Error: (Table|View)/, 'TABLE_NOT_FOUND'],
  [/^Catalog Error: .*Function/, 'FUNCTION_NOT_FOUND'],
  [/^(Parser|Binder|Catalog) Error/, 'SYNTAX_ERROR'],
  [/^Conversion Error/, 'INVALID_CAST_ARGUMENT'],
  [/^Out of Range Error/, 'NUMERIC_VALUE_OUT_OF_RANGE'],
  [/^(Permission|IO|Invalid Input|Out of Memory|INTERNAL) Error/, 'GENERIC_INTERNAL_ERROR'],
];

function reasonOf(error: Error): string {
  const message = error.message.replace(/^Failed to [a-z ]+: /, '');
  const known = REASONS.find(([pattern]) => pattern.test(message));
  return known ? `${known[1]}: ${message}` : message;
}
