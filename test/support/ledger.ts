import { Pool } from 'pg';
import { migrate } from '../../lambdas/record/migrate.ts';
import { migrations } from '../../lambdas/record/migrations.ts';
import { installLedger } from '../../sandbox/commercial-ops/ledger.ts';
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
  /** The database's administrator: for preparing and looking. */
  readonly admin: Pool;
  close(): Promise<void>;
}

/** An empty ledger with all tables; with `migrated: false` without the record's. */
export async function freshLedger({ migrated = true } = {}): Promise<TestLedger> {
  const template = await templateDatabase('ledger', (pool) => installLedger(pool, PASSWORDS));
  const database = await freshDatabase('ledger', template);
  const url = new URL(database.url);
  url.username = 'responder';
  url.password = PASSWORDS.responder;
  const responder = new Pool({ connectionString: url.href, max: 4 });
  responder.on('error', () => undefined);
  if (migrated) await migrate(responder, migrations);
  return {
    responder,
    url: url.href,
    admin: database.pool,
    async close() {
      await responder.end();
      await database.drop();
    },
  };
}
