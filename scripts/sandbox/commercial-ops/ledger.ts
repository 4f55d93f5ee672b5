import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier, escapeLiteral, type ClientBase, type Pool, type PoolClient } from 'pg';

/** Owns the tables; Commercial-Ops' own jobs log in as it. */
export const APP_ROLE = 'commercial_ops';
/** The product's login. */
export const RESPONDER_ROLE = 'responder';

export interface LedgerPasswords {
  readonly commercialOps: string;
  readonly responder: string;
}

const TABLES = ['tenants', 'costs', 'billing', 'operations'];

/**
 * Makes roles, tables and grants in the database that `admin` is connected to. Safe to repeat: a restarted
 * sandbox finds its ledger as it was, with the passwords of this boot.
 * @param admin superuser, or a login that may create roles
 */
export async function installLedger(admin: Pool, passwords: LedgerPasswords): Promise<void> {
  await transaction(admin, async (client) => {
    // Two boots, or two tests, on one server: roles belong to the server, not to the database.
    await client.query(`select pg_advisory_xact_lock(hashtext('commercial-ops-roles'))`);
    await login(client, APP_ROLE, passwords.commercialOps);
    await login(client, RESPONDER_ROLE, passwords.responder);
    await client.query(`grant usage, create on schema public to ${APP_ROLE}`);
    await client.query(`set local role ${APP_ROLE}`);
    for (const subject of TABLES) await client.query(sqlFile(subject));
    await client.query('reset role');
    await client.query(sqlFile('roles'));
  });
}

const sqlFile = (subject: string): string =>
  readFileSync(join(import.meta.dirname, 'schema', `${subject}.sql`), 'utf8');

async function login(client: ClientBase, role: string, password: string): Promise<void> {
  const known = await client.query('select from pg_roles where rolname = $1', [role]);
  const verb = known.rowCount === 0 ? 'create' : 'alter';
  await client.query(
    `${verb} role ${escapeIdentifier(role)} login password ${escapeLiteral(password)}`,
  );
  await client.query(`grant ${escapeIdentifier(role)} to current_user`);
}

/** Runs `work` in one transaction; a connection that saw an error is closed, which rolls back for certain. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}
