import { allRows, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import type { Migration } from './migrations.ts';

/** Any number, the same for all deployments: of two concurrent calls each applies what the other has not. */
const LOCK = 7_301_994;

/**
 * Brings schema `responder` to the newest version; each migration's transaction claims its row first.
 * Repeated, it does nothing.
 * @returns the versions applied by this call
 * @throws when the schema is newer than this code, or has a migration of another name
 */
export async function migrate(ledger: Ledger, migrations: readonly Migration[]): Promise<number[]> {
  const applied: number[] = [];
  for (;;) {
    const next = await transaction(ledger, (client) => migrateOnce(client, migrations));
    if (!next) return applied;
    applied.push(next.version);
  }
}

/** @returns the migration applied; undefined when none is left */
async function migrateOnce(
  client: Queryable,
  migrations: readonly Migration[],
): Promise<Migration | undefined> {
  await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
  await prepare(client);
  const applied = await allRows<{ version: number; name: string }>(
    client,
    'select version, name from responder.migration order by version',
  );
  verify(applied, migrations);
  const next = migrations[applied.length];
  if (!next) return undefined;
  const { version, name, sql } = next;
  await client.query('insert into responder.migration (version, name, applied_at) values ($1, $2, now())', [
    version,
    name,
  ]);
  await client.query(sql);
  return next;
}

async function prepare(client: Queryable): Promise<void> {
  // `create schema if not exists` needs the right to create even if the schema exists.
  const [schema] = await allRows(client, `select 1 from pg_namespace where nspname = 'responder'`);
  if (!schema) await client.query('create schema responder');
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
