import { randomBytes } from 'node:crypto';
import { relative } from 'node:path';
import { Client, Pool } from 'pg';

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** With an error listener; its own connections are closed by `drop`. */
  readonly pool: Pool;
  /** Fails when connections other than those of `pool` are still open: somebody leaked a pool or a client. */
  drop(): Promise<void>;
}

/**
 * An empty database (or a copy of `template`) of its own for the test, on the run's one server.
 * @param template a name given by `templateDatabase`
 */
export async function freshDatabase(label = 'db', template = 'template0'): Promise<TestDatabase> {
  const name = databaseName(`${label}_${randomBytes(4).toString('hex')}`);
  await administer(async (client) => {
    await client.query(`create database "${name}" template "${template}"`);
    await client.query(`comment on database "${name}" is '${testFile().replaceAll("'", "''")}'`);
  });
  const url = urlOf(name);
  const pool = openPool(url);
  return {
    name,
    url,
    pool,
    async drop() {
      if (!pool.ended) await pool.end();
      const leaked = await administer(async (client) => {
        const left = await connectionsOf(client, name);
        await client.query(`drop database if exists "${name}" with (force)`);
        return left;
      });
      if (leaked.length > 0) {
        throw new Error(
          `${leaked.length} connection(s) to ${name} still open when it was dropped; end every pool and client ` +
            `first. Their last statements:\n${leaked.join('\n')}`,
        );
      }
    },
  };
}

/**
 * A database that `build` fills once per jest run (migrations, seeds), to be copied by
 * `freshDatabase(label, await templateDatabase('ledger', build))`: some 30 ms instead of all migrations.
 */
export async function templateDatabase(key: string, build: (pool: Pool) => Promise<void>): Promise<string> {
  const name = databaseName(`template_${key}`);
  await administer(async (client) => {
    // Two jest workers may ask for the same template at once: the second waits for the first.
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    const made = await client.query('select from pg_database where datname = $1 and datistemplate', [name]);
    if (made.rowCount === 1) return;
    await client.query(`drop database if exists "${name}" with (force)`);
    await client.query(`create database "${name}" template template0`);
    await client.query(`comment on database "${name}" is 'template of ${testFile().replaceAll("'", "''")}'`);
    const pool = openPool(urlOf(name));
    try {
      await build(pool);
    } finally {
      await pool.end();
    }
    // CREATE DATABASE refuses a template with a connection: wait until the server has seen ours end.
    await connectionsOf(client, name);
    await client.query(`alter database "${name}" is_template true`);
  });
  return name;
}

/** A pool as all of ours: without a listener, a server's restart between two queries would end the process. */
export function openPool(url: string): Pool {
  const pool = new Pool({ connectionString: url, max: 10, application_name: testFile().slice(-63) });
  pool.on('error', () => undefined);
  return pool;
}

function serverUrl(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (!url) {
    throw new Error(
      'TEST_POSTGRES_URL is not set: jest must run with globalSetup test/support/postgres.setup.ts (see jest.config.js).',
    );
  }
  return url;
}

function urlOf(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
}

const databaseName = (label: string) =>
  `t_${process.env.TEST_POSTGRES_RUN ?? 'run'}_${label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`.slice(
    0,
    63,
  );

const testFile = () => relative(process.cwd(), expect.getState().testPath ?? 'unknown test');

async function administer<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: serverUrl() });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Who is connected, after up to a second of grace: a server process lives on for a moment after its client. */
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
