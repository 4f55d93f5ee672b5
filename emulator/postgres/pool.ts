import { Pool } from 'pg';

export interface PoolOptions {
  /** The name of its connections in the server's list: it shows who left one open. */
  readonly application: string;
  readonly max?: number;
  /** A login in place of the URL's. */
  readonly user?: string;
  readonly password?: string;
}

/** A pool on the database. A server that goes away between two queries must not end the process. */
export function poolOf(database: string, { application, max = 8, user, password }: PoolOptions): Pool {
  const url = new URL(database);
  if (user !== undefined) url.username = user;
  if (password !== undefined) url.password = password;
  const pool = new Pool({ connectionString: url.href, max, application_name: application });
  pool.on('error', () => undefined);
  return pool;
}
