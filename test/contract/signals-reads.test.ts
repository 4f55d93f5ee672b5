import { Pool, type DatabaseError } from 'pg';
import { signals } from '../../lambdas/catalog/signals/registry.ts';
import { MEASURED } from '../../lambdas/record/logins.ts';
import { exampleSettings } from '../support/settings.ts';
import { asLogin, bootLedger } from '../support/ledger.ts';
import { NOW } from '../support/world.ts';

/** The login that measures reads the columns of Commercial-Ops that its statements name, and no others. */

const ledger = bootLedger();

/** What the signals ask the ledger, without asking AWS anything. */
async function statements(): Promise<string[]> {
  const asked: string[] = [];
  const query = (sql: string) => {
    asked.push(sql);
    return Promise.resolve({ rows: [] });
  };
  const tools = new Proxy({}, { get: (_, name) => (name === 'ledger' ? { query } : () => ({})) }) as never;
  for (const signal of signals)
    await Promise.resolve(signal.measure({ now: NOW, settings: exampleSettings(), tools })).catch(
      () => undefined,
    );
  return asked;
}

const isAllowed = async (pool: Pool, sql: string): Promise<boolean> =>
  pool.query(`explain (generic_plan) ${sql}`).then(
    () => true,
    (error: DatabaseError) => {
      if (error.code === '42501') return false;
      throw error;
    },
  );

test('it is granted each column that a statement needs, and no column that none needs', async () => {
  const { rows } = await ledger.admin.query<{ table: string; column: string }>(
    `select table_name as table, column_name as column from information_schema.columns where table_schema = 'public'`,
  );
  const asked = await statements();
  expect(asked.length).toBeGreaterThan(8);
  const login = new Pool({ connectionString: asLogin(ledger.url, 'responder_signals'), max: 1 });
  const need = new Set<string>();
  try {
    for (const { table } of rows) await ledger.admin.query(`grant select on ${table} to responder_signals`);
    for (const sql of asked) expect([sql, await isAllowed(login, sql)]).toEqual([sql, true]);
    for (const { table } of rows)
      await ledger.admin.query(`revoke select on ${table} from responder_signals`);
    for (const { table, column } of rows)
      await ledger.admin.query(`grant select ("${column}") on ${table} to responder_signals`);
    for (const { table, column } of rows) {
      await ledger.admin.query(`revoke select ("${column}") on ${table} from responder_signals`);
      for (const sql of asked) if (!(await isAllowed(login, sql))) need.add(`${table}.${column}`);
      await ledger.admin.query(`grant select ("${column}") on ${table} to responder_signals`);
    }
  } finally {
    await login.end();
  }
  const declared = MEASURED.flatMap((one) => {
    const [table = '', columns = ''] = one.replace(')', '').split(' (');
    return columns.split(', ').map((column) => `${table}.${column}`);
  });
  expect([...need].sort()).toEqual(declared.sort());
});
