import { Pool } from 'pg';
import type { Databases } from '../../emulator/postgres/databases.ts';
import { grantLogins } from '../../lambdas/record/grant-logins.ts';
import { OWNER, type Login } from '../../lambdas/record/logins.ts';
import { migrate } from '../../lambdas/record/migrate.ts';
import { installLedger, passwordOf, type LedgerPasswords } from '../../sandbox/commercial-ops/ledger.ts';
import { migrationFiles } from '../migration-files.ts';

export interface NewLedger {
  /** A superuser. */
  readonly admin: Pool;
  /** The owner of the record, who may also read what is not its own. */
  readonly owner: Pool;
  urlFor(login: Login): string;
}

/** A ledger with an empty record, in a database of its own. */
export async function newLedger(
  databases: Databases,
  name: string,
  passwords: LedgerPasswords,
): Promise<NewLedger> {
  await databases.create(name, { comment: 'a record to measure' });
  const urlFor = (login: Login): string => {
    const url = new URL(databases.urlOf(name));
    [url.username, url.password] = [login, passwordOf(passwords, login)];
    return url.href;
  };
  const admin = new Pool({ connectionString: databases.urlOf(name), max: 2 });
  const owner = new Pool({ connectionString: urlFor(OWNER), max: 4 });
  await installLedger(admin, passwords);
  await migrate(owner, migrationFiles());
  await grantLogins(owner);
  await admin.query(
    `grant select on all tables in schema public to ${OWNER}; grant insert on audit_event to ${OWNER}`,
  );
  return { admin, owner, urlFor };
}
