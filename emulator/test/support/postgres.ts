import { randomBytes } from 'node:crypto';
import { relative } from 'node:path';
import type { Pool } from 'pg';
import { Databases } from '../../postgres/databases.ts';
import { poolOf } from '../../postgres/pool.ts';

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
  const databases = databasesOfRun();
  const name = databaseName(`${label}_${randomBytes(4).toString('hex')}`);
  await databases.create(name, { template, comment: testFile() });
  const url = databases.urlOf(name);
  const pool = databases.pool(name);
  return {
    name,
    url,
    pool,
    async drop() {
      if (!pool.ended) await pool.end();
      await databases.drop(name);
    },
  };
}

/**
 * A database that `build` fills once per jest run (migrations, seeds), to be copied by
 * `freshDatabase(label, await templateDatabase('ledger', build))`: some 30 ms instead of all migrations.
 * @param from the template that it begins as; by default an empty one
 */
export async function templateDatabase(
  key: string,
  build: (pool: Pool, url: string) => Promise<void>,
  from?: string,
): Promise<string> {
  const name = databaseName(`template_${key}`);
  const databases = databasesOfRun();
  const comment = `template of ${testFile()}`;
  await databases.template(name, (pool) => build(pool, databases.urlOf(name)), {
    comment,
    ...(from !== undefined && { from }),
  });
  return name;
}

/** A pool whose connections carry the test file's name: a leak is found by it. */
export const openPool = (url: string): Pool => poolOf(url, { application: testFile().slice(-63), max: 10 });

/** The run's one server. */
export function databasesOfRun(): Databases {
  const url = process.env.TEST_POSTGRES_URL;
  if (!url) {
    throw new Error(
      'TEST_POSTGRES_URL is not set: jest must run with globalSetup emulator/test/support/postgres.setup.ts (see jest.config.js).',
    );
  }
  return new Databases(url, testFile().slice(-63));
}

/** What the run's databases are called by, so that its end finds all of them. */
export const prefixOfRun = (): string => `t_${process.env.TEST_POSTGRES_RUN ?? 'run'}`;

export const testFile = () => relative(process.cwd(), expect.getState().testPath ?? 'unknown test');

const databaseName = (label: string) =>
  `${prefixOfRun()}_${label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`.slice(0, 63);
