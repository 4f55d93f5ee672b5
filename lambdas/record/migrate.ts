import { setTimeout } from 'node:timers/promises';
import { allRows, countRows, firstRow, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import type { Migration } from './migrations.ts';

/** Any number, the same for all deployments: of two concurrent calls each applies what the other has not. */
const LOCK = 7_301_994;
/** Real time between two tries. */
const POLL_MS = 200;

/**
 * Brings schema `responder` to the newest version. A migration's transaction claims its row first; one that builds
 * indexes on a ledger in use claims it last, and goes on where an earlier call was broken off. Repeated, it does nothing.
 * @returns the versions applied by this call
 * @throws when the schema is newer than this code, or has a migration of another name
 */
export async function migrate(ledger: Ledger, migrations: readonly Migration[]): Promise<number[]> {
  const applied: number[] = [];
  for (;;) {
    const isNew = applied.includes(1);
    const did = await transaction(ledger, (client) => migrateOnce(client, migrations, isNew));
    if (did === 'nothing is left') return applied;
    const version = await versionOf(did, ledger);
    if (version === undefined) await setTimeout(POLL_MS);
    else applied.push(version);
  }
}

/** @returns what this call has applied; nothing while another call is at work */
async function versionOf(did: Exclude<Did, 'nothing is left'>, ledger: Ledger): Promise<number | undefined> {
  if (did === 'another call is at work') return undefined;
  if ('applied' in did) return did.applied;
  return (await migrateConcurrently(ledger, did.next)) ? did.next.version : undefined;
}

type Did =
  | { readonly applied: number }
  /** It can't stand in a transaction. */
  | { readonly next: Migration }
  | 'nothing is left'
  | 'another call is at work';

async function migrateOnce(
  client: Queryable,
  migrations: readonly Migration[],
  isNew: boolean,
): Promise<Did> {
  // Not waited for in the transaction: its snapshot would hold up the index that the other call builds.
  if (!(await isTrue(client, 'select pg_try_advisory_xact_lock($1) as is', [LOCK])))
    return 'another call is at work';
  await prepare(client);
  const applied = await allRows<{ version: number; name: string }>(
    client,
    'select version, name from responder.migration order by version',
  );
  verify(applied, migrations);
  const next = migrations[applied.length];
  if (!next) return 'nothing is left';
  if (next.concurrent && !isNew) return { next };
  await client.query(CLAIM, [next.version, next.name]);
  await client.query(next.concurrent ? next.sql.replaceAll(' concurrently ', ' ') : next.sql);
  return { applied: next.version };
}

/** @returns false when another call is at work on it, or has done it */
async function migrateConcurrently(ledger: Ledger, { version, name, sql }: Migration): Promise<boolean> {
  const client = await ledger.connect();
  let broken: Error | undefined;
  try {
    if (!(await isTrue(client, 'select pg_try_advisory_lock($1) as is', [LOCK]))) return false;
    // A large table takes as long as it takes.
    await client.query('set statement_timeout = 0');
    for (const statement of sql.split(';').filter((one) => one.includes('create index'))) {
      const [, index = ''] = /if not exists (\w+) on/.exec(statement) ?? [];
      // What a broken-off call has left does not count as an index.
      if (await isTrue(client, INVALID, [index]))
        await client.query(`drop index concurrently responder.${index}`);
      await client.query(statement);
    }
    return (await countRows(client, `${CLAIM} on conflict do nothing`, [version, name])) === 1;
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    // Lock and time-out are the connection's: it is not used again.
    client.release(broken ?? new Error('the migration is done'));
  }
}

/** Of a newer version of this code. */
export class NewerSchemaError extends Error {}

const CLAIM = 'insert into responder.migration (version, name, applied_at) values ($1, $2, now())';
const INVALID = `
select not indisvalid as is from pg_index where indexrelid = to_regclass('responder.' || $1)`;

const isTrue = async (client: Queryable, sql: string, values: readonly unknown[]): Promise<boolean> =>
  (await firstRow<{ is: boolean }>(client, sql, values))?.is === true;

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
    throw new (ours ? Error : NewerSchemaError)(
      `schema responder holds migration ${version} "${name}", this code knows ` +
        (ours ? `${ours.version} "${ours.name}" there` : `only ${known.length}`) +
        '; deploy the version that the schema belongs to, or a newer one',
    );
  });
}
