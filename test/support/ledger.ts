import { Pool } from 'pg';
import { migrate } from '../../lambdas/record/migrate.ts';
import { migrations } from '../../lambdas/record/migrations.ts';
import { installLedger } from '../../sandbox/commercial-ops/ledger.ts';
import { booted, type Booting, type Defer } from '../../emulator/test/support/booted.ts';
import { freshDatabase, templateDatabase } from '../../emulator/test/support/postgres.ts';

/** Roles belong to the server, so every test on it shares them. */
export const PASSWORDS = {
  commercialOps: 'commercial-ops-test',
  responder: 'responder-test',
  actor: 'actor-test',
  rehearser: 'rehearser-test',
};

export interface TestLedger {
  /** Logged in as the product's own role, with no more rights than in production. */
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
  set session_replication_role = replica; truncate responder.audit; reset session_replication_role`;

/** An empty ledger of the test's own. */
export const bootLedger = (options: LedgerOptions = {}): TestLedger =>
  booted((defer) => freshLedger(defer, options), options);

export async function freshLedger(
  defer: Defer,
  { migrated = true, holds }: LedgerOptions = {},
): Promise<TestLedger> {
  const database = await freshDatabase('ledger', await (migrated ? migratedTemplate() : ledgerTemplate()));
  defer(() => database.drop());
  const url = asResponder(database.url);
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
    async (_, url) => {
      const responder = new Pool({ connectionString: asResponder(url), max: 1 });
      await migrate(responder, migrations).finally(() => responder.end());
    },
    await ledgerTemplate(),
  );

function asResponder(of: string): string {
  const url = new URL(of);
  url.username = 'responder';
  url.password = PASSWORDS.responder;
  return url.href;
}
