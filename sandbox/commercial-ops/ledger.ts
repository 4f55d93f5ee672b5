import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier, escapeLiteral, Pool } from 'pg';
import { parts } from './parts/all.ts';
import { declaredGrants } from '../../lambdas/catalog/playbooks/permissions.ts';
import type { Store } from '../../emulator/kernel/store.ts';
import { administratorSql } from '../../lambdas/record/administrator.ts';
import { LOGINS, type Login } from '../../lambdas/record/logins.ts';
import { transaction } from '../../lambdas/platform/ledger/transaction.ts';

/** Owns the tables; Commercial-Ops' own jobs log in as it. */
export const APP_ROLE = 'commercial_ops';
export interface LedgerPasswords {
  readonly commercialOps: string;
  /** The passwords of the responder's logins are made from it. */
  readonly responder: string;
}

/** No login can make another's password from its own. */
export const passwordOf = ({ responder }: LedgerPasswords, login: Login): string =>
  createHash('sha256').update(`${responder} ${login}`).digest('hex').slice(0, 24);

/** Made up once; a sandbox that starts again on the same store finds them. */
export async function keptPasswords(store: Pick<Store, 'collection'>): Promise<LedgerPasswords> {
  const kept = store.collection<LedgerPasswords>('sandbox.passwords');
  const password = (): string => randomBytes(12).toString('hex');
  const made = { commercialOps: password(), responder: password(), ...kept.get('ledger') };
  await kept.put('ledger', made);
  return made;
}

const TABLES = ['tenants', 'costs', 'billing', 'operations'];

/**
 * Makes roles, tables and grants in the database that `login` is connected to, by an administrator who is no superuser.
 * Safe to repeat: a restarted sandbox finds its ledger as it was, with the passwords of this boot.
 * @param login a superuser, or one who may create roles and owns the database
 */
export async function installLedger(login: Pool, passwords: LedgerPasswords): Promise<void> {
  const admin = await administratorFor(login);
  try {
    await installAs(admin, passwords);
  } finally {
    if (admin !== login) await admin.end();
  }
}

/** As RDS gives one to its customers; its own superuser is nobody else's. */
const ADMINISTRATOR = 'commercial_ops_administrator';

async function administratorFor(login: Pool): Promise<Pool> {
  const { rows } = await login.query<{ is: boolean; database: string }>(
    'select rolsuper as is, current_database() as database from pg_roles where rolname = current_user',
  );
  const [{ is, database } = { is: false, database: '' }] = rows;
  if (!is) return login;
  await inTurn(() =>
    login.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = '${ADMINISTRATOR}') then
          create role ${ADMINISTRATOR} createrole createdb;
        end if;
      end $$`),
  );
  await login.query(`alter database ${escapeIdentifier(database)} owner to ${ADMINISTRATOR}`);
  // In a world of before, a superuser has made them.
  const { rows: foreign } = await login.query<{ name: string }>(
    `select rolname as name from pg_roles where rolname = any($1) and not pg_has_role($2, oid, 'member with admin option')`,
    [[APP_ROLE, ...LOGINS], ADMINISTRATOR],
  );
  for (const { name } of foreign)
    await inTurn(() => login.query(`grant ${escapeIdentifier(name)} to ${ADMINISTRATOR} with admin option`));
  const admin = new Pool({
    ...login.options,
    max: 1,
    verify(client, done) {
      client.query(`set session authorization ${ADMINISTRATOR}`).then(() => done(), done);
    },
  });
  admin.on('error', () => undefined);
  return admin;
}

async function installAs(admin: Pool, passwords: LedgerPasswords): Promise<void> {
  await installTables(admin, passwords);
  await inTurn(() => admin.query(administratorSql(declaredGrants(), { owner: APP_ROLE })));
  for (const login of LOGINS) await inTurn(() => setPassword(admin, login, passwordOf(passwords, login)));
}

/** What is there before the responder. */
export async function installTables(
  admin: Pool,
  { commercialOps }: Pick<LedgerPasswords, 'commercialOps'>,
): Promise<void> {
  await inTurn(() => makeLogin(admin, APP_ROLE, commercialOps));
  await transaction(admin, async (client) => {
    await client.query(`grant usage, create on schema public to ${APP_ROLE}`);
    await client.query(`set local role ${APP_ROLE}`);
    for (const subject of TABLES) await client.query(sqlFile(subject));
    for (const { schema } of parts) await client.query(schema);
  });
}

const sqlFile = (subject: string): string =>
  readFileSync(join(import.meta.dirname, 'schema', `${subject}.sql`), 'utf8');

/** Roles belong to the server, not to the database: two boots on one server can want the same one at once. */
async function inTurn(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void (await work());
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (tries === 5 || !TAKEN_MEANWHILE.has(code)) throw error;
    }
  }
}

/** duplicate_object, unique_violation, and "tuple concurrently updated", which has no code of its own. */
const TAKEN_MEANWHILE = new Set(['42710', '23505', 'XX000']);

async function makeLogin(admin: Pool, role: string, password: string): Promise<void> {
  const name = escapeIdentifier(role);
  const known = await admin.query('select from pg_roles where rolname = $1', [role]);
  if (known.rowCount === 0) await admin.query(`create role ${name} login`);
  await setPassword(admin, role, password);
  await admin.query(`alter role ${name} set timezone = 'UTC'`);
  await admin.query(`grant ${name} to current_user`);
}

const setPassword = (admin: Pool, role: string, password: string): Promise<unknown> =>
  admin.query(`alter role ${escapeIdentifier(role)} password ${escapeLiteral(password)}`);
