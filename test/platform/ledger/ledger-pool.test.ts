import { Pool } from 'pg';
import { DatabaseProxy } from '../../../emulator/postgres/database-proxy.ts';
import { booted } from '../../../emulator/test/support/booted.ts';
import { eventually } from '../../../emulator/test/support/eventually.ts';
import { LedgerPool } from '../../../lambdas/platform/ledger/ledger-pool.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { asLogin, freshLedger } from '../../support/ledger.ts';

/** Between two invocations nothing of a function runs: what happens to its connections, it finds at the next one. */

let made = 0;
const here = booted(async (defer) => {
  const own = await freshLedger(defer, {
    holds: 'create table written (n int); grant all on written to public',
  });
  const url = new URL(own.url);
  const way = new DatabaseProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(await way.listen());
  defer(() => way.close());
  const connections = new LedgerPool(() => {
    made++;
    const one = new Pool({ connectionString: url.href, max: 4, query_timeout: 5_000 });
    one.on('error', () => undefined);
    return one;
  });
  defer(() => connections.end());
  return { ledger: own, proxy: way, pool: connections };
});
beforeEach(() => {
  made = 0;
});

const write = (n: number): Promise<unknown> => here.pool.query('insert into written values ($1)', [n]);
const inTransaction = (n: number): Promise<unknown> =>
  transaction(here.pool, (client) => client.query('insert into written values ($1)', [n]));
const written = async (): Promise<number[]> =>
  (await here.ledger.admin.query<{ n: number }>('delete from written returning n')).rows
    .map(({ n }) => n)
    .sort((a, b) => a - b);

/** Server processes end, and nobody reads what they say. */
const terminate = (): Promise<unknown> =>
  here.ledger.admin.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where usename = 'responder_migrate' and datname = current_database()`,
  );

describe.each<[string, () => unknown]>([
  ['cut', () => here.proxy.breakAll()],
  ['silent', () => here.proxy.silence()],
  ['ended by the server', terminate],
])('connections that are %s cost one reconnect', (_, happens) => {
  test.each([
    ['a statement', write],
    ['a transaction', inTransaction],
  ])('and never a request, nor are they written twice: %s', async (_kind, ask) => {
    await Promise.all([1, 2, 3, 4].map(ask));
    await happens();
    await Promise.all([5, 6, 7, 8].map(ask));
    expect(made).toBeLessThanOrEqual(1);
    expect(await written()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

test('what breaks while a statement runs is not sent again: only the ledger knows whether it was done', async () => {
  const asked = here.pool.query(`insert into written select 9 from pg_sleep(1)`).then(
    () => 'done',
    (error: Error) => error.message,
  );
  await eventually('the statement to run', async () => {
    const { rows } = await here.ledger.admin.query(
      `select from pg_stat_activity where query like 'insert into written select 9%'`,
    );
    return rows.length > 0;
  });
  here.proxy.cut();
  here.proxy.restore();
  expect(await asked).toMatch(/terminated/);
  await terminate();
  expect(await written()).toEqual([]);
  await write(10);
  expect(await written()).toEqual([10]);
});

test('a ledger that is away is an error at once, and found again', async () => {
  await write(1);
  here.proxy.cut();
  await expect(write(2)).rejects.toThrow();
  await expect(inTransaction(2)).rejects.toThrow();
  here.proxy.restore();
  await write(3);
  expect(await written()).toEqual([1, 3]);
});

test('a login whose sessions are not as they must be is refused, and the remedy is named', async () => {
  const { rows } = await here.ledger.admin.query<{ name: string }>('select current_database() as name');
  await here.ledger.admin.query(
    `alter role responder_report in database ${rows[0]?.name} set timezone = 'Europe/Berlin'`,
  );
  const connectionString = asLogin(here.ledger.url, 'responder_report');
  const wrong = new LedgerPool(() => new Pool({ connectionString, max: 1 }));
  await expect(wrong.query('select 1')).rejects.toThrow(
    'the login responder_report has the time zone Europe/Berlin and the statement_timeout 1min; wanted UTC',
  );
  await wrong.end();
});
