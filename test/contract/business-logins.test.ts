import { Pool } from 'pg';
import { declaredGrants } from '../../lambdas/catalog/playbooks/permissions.ts';
import { businessGrants, LOGINS, type Login } from '../../lambdas/record/logins.ts';
import { isAllowed, RIGHTS, STATEMENTS, type Column, type Right } from '../support/rights.ts';
import { asLogin, bootLedger } from '../support/ledger.ts';

/** What every login may do in every table of Commercial-Ops, column by column: tried, and compared with what is declared. */

const ledger = bootLedger({ migrated: false });

let columns: readonly Column[];
beforeAll(async () => {
  const { rows } = await ledger.admin.query<Column>(
    `select table_schema as schema, table_name as table, column_name as name from information_schema.columns
     where table_schema = 'public' order by 2, 3`,
  );
  columns = rows;
});

type Declared = Readonly<Record<Right, ReadonlySet<string>>>;

/** `select (event_id) on audit_event to a, b`; `insert on audit_event, job_run to a`. */
const GRANT = /^(?<right>\w+)(?: \((?<named>[^)]*)\))? on (?<on>.*) to (?<to>.*)$/;

function declaredOf(login: Login): Declared {
  const declared: Record<Right, Set<string>> = {
    select: new Set(),
    insert: new Set(),
    update: new Set(),
    delete: new Set(),
  };
  for (const grant of businessGrants(declaredGrants())) {
    const { right = '', named, on = '', to = '' } = GRANT.exec(grant)?.groups ?? {};
    if (!to.split(', ').includes(login)) continue;
    const of = declared[right as Right];
    const tables = on.split(', ');
    for (const { table, name } of columns)
      if (tables.includes(table) && (!named || named.split(', ').includes(name))) of.add(`${table}.${name}`);
  }
  return declared;
}

describe.each(LOGINS.map((login) => [login]))('%s', (login) => {
  let pool: Pool;
  beforeAll(() => {
    pool = new Pool({ connectionString: asLogin(ledger.url, login), max: 1 });
  });
  afterAll(() => pool.end());

  test.each(RIGHTS)('may %s what is declared, and nothing else', async (right) => {
    const declared = declaredOf(login);
    const allowed: string[] = [];
    for (const column of columns)
      if (await isAllowed(pool, STATEMENTS[right](column))) allowed.push(`${column.table}.${column.name}`);
    expect(allowed.sort()).toEqual([...declared[right]].sort());
  });

  test('may neither empty, lock, reference nor change a table', async () => {
    for (const table of new Set(columns.map((column) => column.table)))
      for (const sql of [
        `truncate "${table}"`,
        `create trigger mine before insert on "${table}" for each row execute function suppress_redundant_updates_trigger()`,
        `alter table "${table}" add column mine int`,
        `drop table "${table}"`,
      ])
        expect([sql, await isAllowed(pool, sql)]).toEqual([sql, false]);
  });
});

test('the declarations give something: each right to somebody, and all columns to nobody', () => {
  const of = (right: Right) => LOGINS.filter((login) => declaredOf(login)[right].size > 0);
  expect(of('select').length).toBeGreaterThan(5);
  expect(of('insert').length).toBeGreaterThan(3);
  expect(of('update').length).toBeGreaterThan(0);
  const read = declaredOf('responder_runner').select;
  expect(read).toEqual(declaredOf('responder_rehearser').select);
  expect(read.size).toBeGreaterThan(100);
  for (const login of LOGINS) expect(declaredOf(login).select.size).toBeLessThan(0.7 * columns.length);
  expect(declaredOf('responder_settle_invoice').select.size).toBeLessThan(15);
});
