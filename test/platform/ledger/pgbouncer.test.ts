import { mkdtempSync, chmodSync, rmSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool, type PoolConfig } from 'pg';
import { AUTHORITY } from '../../../emulator/postgres/authority.ts';
import { hasPgBouncer, startPgBouncer } from '../../../emulator/postgres/pgbouncer.ts';
import { booted } from '../../../emulator/test/support/booted.ts';
import { describeWith } from '../../../emulator/test/support/needs.ts';
import { poolOptions } from '../../../lambdas/platform/ledger/connection.ts';
import { LedgerPool } from '../../../lambdas/platform/ledger/ledger-pool.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { LedgerConnection } from '../../../lambdas/platform/settings.ts';
import { OWNER } from '../../../lambdas/record/logins.ts';
import { passwordOf } from '../../../sandbox/commercial-ops/ledger.ts';
import { freshLedger, PASSWORDS } from '../../support/ledger.ts';

describeWith(
  'PgBouncer',
  hasPgBouncer(),
  'Debian: apt-get install pgbouncer',
)('through PgBouncer, in transaction mode', () => {
  const here = booted(async (defer) => {
    const ledger = await freshLedger(defer, {
      holds: 'create table written (n int); grant all on written to public',
    });
    const { port, pathname } = new URL(ledger.url);
    const dir = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
    chmodSync(dir, 0o755);
    defer(() => rmSync(dir, { recursive: true, force: true }));
    const password = passwordOf(PASSWORDS, OWNER);
    const pooler = await startPgBouncer({ dir, server: Number(port), users: { [OWNER]: password } });
    defer(() => pooler.stop());
    const connection = LedgerConnection.parse({
      host: '127.0.0.1',
      port: pooler.port,
      database: pathname.slice(1),
      tls: 'off',
      auth: { kind: 'secret', user: OWNER, secret: 'x' },
      actors: { kind: 'secret', secret: '{login}' },
    });
    const options: PoolConfig = {
      ...poolOptions(connection, 'us-east-1', { auth: connection.auth }),
      ssl: { ca: readFileSync(AUTHORITY) },
      password,
    };
    const pools: Pool[] = [];
    const pool = new LedgerPool(() => {
      const one = new Pool(options);
      one.on('error', () => undefined);
      pools.push(one);
      return one;
    });
    defer(() => pool.end());
    return { ledger, pool, options };
  });

  test('what we used to set at the start is refused: it is the real one', async () => {
    for (const refused of [{ options: '-c TimeZone=UTC' }, { statement_timeout: 60_000 }]) {
      const pool = new Pool({ ...here.options, ...refused, max: 1 });
      await expect(pool.query('select 1')).rejects.toThrow(/unsupported startup parameter/);
      await pool.end();
    }
  });

  test('each transaction has the time zone and the limits of its login, and locks of its own', async () => {
    const turns = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        transaction(here.pool, async (client) => {
          await client.query('select pg_advisory_xact_lock(7)');
          await client.query('insert into written values ($1)', [n]);
          const { rows } = await client.query<{ zone: string; time: string }>(
            `select current_setting('TimeZone') as zone, current_setting('statement_timeout') as time`,
          );
          return rows[0];
        }),
      ),
    );
    expect(turns).toEqual(Array(12).fill({ zone: 'UTC', time: '1min' }));
    const { rows } = await here.ledger.admin.query('select from written');
    expect(rows).toHaveLength(12);
  });

  test('a connection that PgBouncer has ended costs one reconnect, and no request', async () => {
    await here.pool.query('delete from written');
    await here.ledger.admin.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
         where usename = '${OWNER}' and datname = current_database()`,
    );
    await Promise.all([1, 2, 3, 4].map((n) => here.pool.query('insert into written values ($1)', [n])));
    expect((await here.ledger.admin.query('select from written')).rows).toHaveLength(4);
  });
});
