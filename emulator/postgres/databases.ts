import { Client, type Pool } from 'pg';
import { poolOf } from './pool.ts';

/** Makes, copies and drops databases on one server. */
export class Databases {
  private readonly server: string;
  /** The name of its connections in the server's list: it shows who left one open. */
  private readonly application: string;

  /** @param server URL of a login that may create databases */
  constructor(server: string, application = 'emulator') {
    this.server = server;
    this.application = application;
  }

  urlOf(name: string): string {
    const url = new URL(this.server);
    url.pathname = `/${name}`;
    return url.href;
  }

  pool(name: string): Pool {
    return poolOf(this.urlOf(name), { application: this.application, max: 10 });
  }

  /** An empty database, or a copy of `template` in some 30 ms. */
  async create(
    name: string,
    { template = 'template0', comment }: { template?: string; comment: string },
  ): Promise<void> {
    await this.administer(async (client) => {
      await client.query(`create database "${name}" template "${template}" strategy file_copy`);
      await client.query(`comment on database "${name}" is '${comment.replaceAll("'", "''")}'`);
    });
  }

  /**
   * A database that `build` fills once, for `create` to copy. Concurrent callers wait for it.
   * @param options.from the template that it begins as; by default an empty one
   */
  async template(
    name: string,
    build: (pool: Pool) => Promise<void>,
    { from = 'template0', comment }: { from?: string; comment: string },
  ): Promise<void> {
    await this.administer(async (client) => {
      await client.query('select pg_advisory_lock(hashtext($1))', [name]);
      const made = await client.query('select from pg_database where datname = $1 and datistemplate', [name]);
      if (made.rowCount === 1) return;
      await client.query(`drop database if exists "${name}" with (force)`);
      await client.query(`create database "${name}" template "${from}" strategy file_copy`);
      await client.query(`comment on database "${name}" is '${comment.replaceAll("'", "''")}'`);
      const pool = this.pool(name);
      try {
        await build(pool);
      } finally {
        await pool.end();
      }
      // CREATE DATABASE refuses a template with a connection: wait until the server has seen ours end.
      await connectionsOf(client, name);
      await client.query(`alter database "${name}" is_template true`);
    });
  }

  /** @throws when somebody is still connected: a pool or a client was leaked. The database is dropped all the same. */
  async drop(name: string): Promise<void> {
    const leaked = await this.administer(async (client) => {
      const left = await connectionsOf(client, name);
      await client.query(`drop database if exists "${name}" with (force)`);
      return left;
    });
    if (leaked.length === 0) return;
    throw new Error(
      `${leaked.length} connection(s) to ${name} still open when it was dropped; end every pool and client ` +
        `first. Their last statements:\n${leaked.join('\n')}`,
    );
  }

  /** Drops every database whose name begins so, templates included, even with open connections. */
  async dropAll(prefix: string): Promise<void> {
    await this.administer(async (client) => {
      const { rows } = await client.query<{ datname: string }>(
        `select datname from pg_database where starts_with(datname, $1)`,
        [`${prefix}_`],
      );
      for (const { datname } of rows) {
        await client.query(`alter database "${datname}" is_template false`);
        await client.query(`drop database "${datname}" with (force)`);
      }
    });
  }

  private async administer<T>(use: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.server });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }
}

/** Open connections, after up to a second of grace: a server process outlives its client for a moment. */
async function connectionsOf(client: Client, name: string): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const { rows } = await client.query<{ query: string; application_name: string }>(
      `select query, application_name from pg_stat_activity
       where datname = $1 and backend_type = 'client backend'`,
      [name],
    );
    if (rows.length === 0 || tries === 100) {
      return rows.map((row) => `${row.application_name}: ${row.query}`);
    }
    await new Promise((again) => setTimeout(again, 10));
  }
}
