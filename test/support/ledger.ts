import { Pool } from 'pg';
import { migrate } from '../../lambdas/record/migrate.ts';
import { migrations } from '../../lambdas/record/migrations.ts';
import { grantLogins } from '../../lambdas/record/grant-logins.ts';
import { OWNER, type Login } from '../../lambdas/record/logins.ts';
import { installLedger, passwordOf } from '../../sandbox/commercial-ops/ledger.ts';
import { booted, type Booting, type Defer } from '../../emulator/test/support/booted.ts';
import { freshDatabase, templateDatabase } from '../../emulator/test/support/postgres.ts';

/** Roles belong to the server, so every test on it shares them. */
export const PASSWORDS = {
  commercialOps: 'commercial-ops-test',
  responder: 'responder-test',
};

export interface TestLedger {
  /** Logged in as the owner of the record, who may use all of its functions. */
  readonly responder: Pool;
  /** Its login, for other processes. */
  readonly url: string;
  /** The database's administrator: for preparing and checking. */
  readonly admin: Pool;
}

export interface LedgerOptions extends Booting {
  /** Whether it has the record's tables. */
  readonly migrated?: boolean;
  /** What it holds: statements of its administrator, or the function that fills it. */
  readonly holds?: string | ((ledger: TestLedger) => unknown);
}

/** What no login may do; tests that order the same again begin without the orders before. */
export const FORGET_AUDIT = `
  set session_replication_role = replica; truncate responder.audit, responder.audit_head; reset session_replication_role`;

/** An empty ledger of the test's own. */
export const bootLedger = (options: LedgerOptions = {}): TestLedger =>
  booted((defer) => freshLedger(defer, options), options);

export async function freshLedger(
  defer: Defer,
  { migrated = true, holds }: LedgerOptions = {},
): Promise<TestLedger> {
  const database = await freshDatabase('ledger', await (migrated ? migratedTemplate() : ledgerTemplate()));
  defer(() => database.drop());
  const url = asLogin(database.url, OWNER);
  const responder = new Pool({ connectionString: url, max: 4 });
  responder.on('error', () => undefined);
  defer(() => responder.end());
  const ledger = { responder, url, admin: database.pool };
  await (typeof holds === 'string' ? ledger.admin.query(holds) : holds?.(ledger));
  return ledger;
}

/** To be copied: the ledger as Commercial-Ops has it. */
export const ledgerTemplate = (): Promise<string> =>
  templateDatabase('ledger', (pool) => installLedger(pool, PASSWORDS));

/** The same with the record's tables, made by their owner. */
const migratedTemplate = async (): Promise<string> =>
  templateDatabase(
    'ledger_migrated',
    async (admin, url) => {
      const owner = new Pool({ connectionString: asLogin(url, OWNER), max: 1 });
      try {
        await migrate(owner, migrations);
        await grantLogins(owner);
      } finally {
        await owner.end();
      }
      // Each function has its own login; tests of the record use its functions side by side.
      await admin.query(
        `grant select on all tables in schema public to ${OWNER}; grant insert on audit_event to ${OWNER}`,
      );
    },
    await ledgerTemplate(),
  );

/** The same database as another login. */
export function asLogin(of: string, login: Login): string {
  const url = new URL(of);
  url.username = login;
  url.password = passwordOf(PASSWORDS, login);
  return url.href;
}
