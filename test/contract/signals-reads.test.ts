import { Pool, type DatabaseError } from 'pg';
import { signals } from '../../lambdas/catalog/signals/registry.ts';
import { exampleSettings } from '../support/settings.ts';
import { asLogin, bootLedger } from '../support/ledger.ts';
import { NOW } from '../support/world.ts';

/** The login that measures reads the columns of Commercial-Ops that its statements name, and no others. */

const ledger = bootLedger();

/** What a signal asks the ledger, without asking AWS anything. */
async function statementsOf(signal: (typeof signals)[number]): Promise<string[]> {
  const asked: string[] = [];
  const query = (sql: string) => {
    asked.push(sql);
    return Promise.resolve({ rows: [] });
  };
  const tools = new Proxy({}, { get: (_, name) => (name === 'ledger' ? { query } : () => ({})) }) as never;
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

test('each signal declares each column that its statements need, and no other', async () => {
  const { rows } = await ledger.admin.query<{ table: string; column: string }>(
    `select table_name as table, column_name as column from information_schema.columns where table_schema = 'public'`,
  );
  const login = new Pool({ connectionString: asLogin(ledger.url, 'responder_signals'), max: 1 });
  try {
    for (const { table } of rows)
      await ledger.admin.query(`revoke select on ${table} from responder_signals`);
    for (const { table, column } of rows)
      await ledger.admin.query(`grant select ("${column}") on ${table} to responder_signals`);
    const need = new Map(signals.map(({ metric }) => [metric, new Set<string>()]));
    const asked = await Promise.all(
      signals.map(async (one) => [one.metric, await statementsOf(one)] as const),
    );
    for (const [, statements] of asked)
      for (const sql of statements) expect([sql, await isAllowed(login, sql)]).toEqual([sql, true]);
    expect(asked.filter(([, statements]) => statements.length > 0).length).toBeGreaterThan(8);
    for (const { table, column } of rows) {
      await ledger.admin.query(`revoke select ("${column}") on ${table} from responder_signals`);
      for (const [metric, statements] of asked)
        for (const sql of statements.filter((one) => one.includes(table)))
          if (!(await isAllowed(login, sql))) need.get(metric)?.add(`${table}.${column}`);
      await ledger.admin.query(`grant select ("${column}") on ${table} to responder_signals`);
    }
    const declared = (reads: readonly string[]): string[] =>
      reads.flatMap((one) => {
        const [table = '', columns = ''] = one.replace(')', '').split(' (');
        return columns.split(', ').map((column) => `${table}.${column}`);
      });
    for (const { metric, reads } of signals)
      expect([metric, [...(need.get(metric) ?? [])].sort()]).toEqual([metric, declared(reads).sort()]);
  } finally {
    await login.end();
  }
});
