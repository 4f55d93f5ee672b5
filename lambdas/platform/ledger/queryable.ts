/** What PostgreSQL answers to a statement. */
export interface Answered<Row> {
  readonly rows: Row[];
  /** Rows that were read or written; null for statements that do neither. */
  readonly rowCount: number | null;
}

/** Takes statements: the ledger, or one transaction on it. */
export interface Queryable {
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Answered<Row>>;
}

export interface Connection extends Queryable {
  /** @param broken closes the connection, which rolls back whatever state it is in */
  release(broken?: Error): void;
}

/** The ledger, as all folders but this one know it: nothing of its driver. `transaction` runs transactions on it. */
export interface Ledger extends Queryable {
  connect(): Promise<Connection>;
  /** A connection on which this has begun a transaction; where it is missing, `connect` and a statement do the same. */
  begin?(sql: string): Promise<Connection>;
}

export const allRows = async <Row extends object>(
  on: Queryable,
  sql: string,
  values?: readonly unknown[],
): Promise<Row[]> => (await on.query<Row>(sql, values)).rows;

/** The only row of the answer, or its first. */
export const firstRow = async <Row extends object>(
  on: Queryable,
  sql: string,
  values: readonly unknown[],
): Promise<Row | undefined> => (await on.query<Row>(sql, values)).rows[0];

/** How many rows the statement has written, or found. */
export const countRows = async (on: Queryable, sql: string, values: readonly unknown[]): Promise<number> =>
  (await on.query(sql, values)).rowCount ?? 0;
