import type { DatabaseError, Pool } from 'pg';

export interface Column {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
}

export const RIGHTS = ['select', 'insert', 'update', 'delete'] as const;
export type Right = (typeof RIGHTS)[number];

/** Each needs the right on that column, or on the table, and no other. */
export const STATEMENTS: Readonly<Record<Right, (of: Column) => string>> = {
  select: ({ schema, table, name }) => `select "${name}" from ${schema}."${table}" limit 0`,
  insert: ({ schema, table, name }) => `insert into ${schema}."${table}" ("${name}") values (default)`,
  update: ({ schema, table, name }) => `update ${schema}."${table}" set "${name}" = default`,
  delete: ({ schema, table }) => `delete from ${schema}."${table}"`,
};

/** Whatever else is wrong with the statement: the server checks the login's rights first. */
export async function isAllowed(pool: Pool, sql: string): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(sql);
    return true;
  } catch (error) {
    return !/^(permission denied|must be owner)/.test((error as DatabaseError).message);
  } finally {
    await client.query('rollback');
    client.release();
  }
}
