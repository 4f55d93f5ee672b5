import type { Pool } from 'pg';
import type { Migration } from './migrations.ts';

/** Any number, the same for all deployments: two migrate calls at once queue up behind it. */
const LOCK = 7_301_994;

/**
 * Brings schema `responder` to the newest version, each migration in a transaction that claims its row first.
 * Calling it again does nothing.
 * @returns the versions applied by this call
 * @throws when the schema is newer than this code, or holds a migration of another name
 */
export async function migrate(pool: Pool, migrations: readonly Migration[]): Promise<number[]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await prepare(client);
    const { rows } = await client.query<{ version: number; name: string }>(
      'select version, name from responder.migration order by version',
    );
    verify(rows, migrations);
    const applied: number[] = [];
    for (const { version, name, sql } of migrations.slice(rows.length)) {
      await client.query('begin');
      await client.query(
        'insert into responder.migration (version, name, applied_at) values ($1, $2, now())',
        [version, name],
      );
      await client.query(sql);
      await client.query('commit');
      applied.push(version);
    }
    await client.query('select pg_advisory_unlock($1)', [LOCK]);
    return applied;
  } catch (error) {
    // Closing the connection rolls back and gives the lock up.
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

async function prepare(client: { query: Pool['query'] }): Promise<void> {
  // `create schema if not exists` needs the right to create even where the schema is there already.
  const { rowCount } = await client.query(`select 1 from pg_namespace where nspname = 'responder'`);
  if (!rowCount) await client.query('create schema responder');
  await client.query(`create table if not exists responder.migration (
    version integer primary key, name text not null, applied_at timestamptz not null)`);
}

function verify(applied: { version: number; name: string }[], known: readonly Migration[]): void {
  applied.forEach(({ version, name }, i) => {
    const ours = known[i];
    if (ours?.version === version && ours.name === name) return;
    throw new Error(
      `schema responder holds migration ${version} "${name}", this code knows ` +
        (ours ? `${ours.version} "${ours.name}" there` : `only ${known.length}`) +
        '; deploy the version that the schema belongs to, or a newer one',
    );
  });
}
