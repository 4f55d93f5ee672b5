import { Pool } from 'pg';
import { LOGINS, OWNER, RECORD_RIGHTS, type Login, type Rights } from '../../lambdas/record/logins.ts';
import { isAllowed, RIGHTS, STATEMENTS, type Column } from '../support/rights.ts';
import { asLogin, bootLedger } from '../support/ledger.ts';

/** What every login may do in every table, column by column: tried, and compared with what is declared. */

const ledger = bootLedger();

let columns: readonly Column[];
beforeAll(async () => {
  const { rows } = await ledger.admin.query<Column>(
    `select table_schema as schema, table_name as table, column_name as name from information_schema.columns
     where table_schema = 'responder' order by 2, 3`,
  );
  columns = rows;
});

/** Each column of `run (a, b)`, or all of `run`. */
const columnsOf = (declared: readonly string[] = []): string[] =>
  declared.flatMap((one) => {
    const [table = '', named] = one.replace(')', '').split(' (');
    const all = columns.filter((column) => column.table === table).map(({ name }) => name);
    return (named?.split(', ') ?? all).map((name) => `${table}.${name}`);
  });

const declaredOf = ({ select, insert, update, delete: remove }: Rights) => ({
  select: columnsOf(select),
  insert: columnsOf(insert),
  update: columnsOf(update),
  delete: columnsOf(remove),
});

describe.each(Object.entries(RECORD_RIGHTS) as [Exclude<Login, typeof OWNER>, Rights][])(
  '%s',
  (login, rights) => {
    let pool: Pool;
    beforeAll(() => {
      pool = new Pool({ connectionString: asLogin(ledger.url, login), max: 1 });
    });
    afterAll(() => pool.end());

    test.each(RIGHTS)('may %s what is declared, and nothing else', async (right) => {
      const allowed: string[] = [];
      for (const column of columns)
        if (await isAllowed(pool, STATEMENTS[right](column))) allowed.push(`${column.table}.${column.name}`);
      expect(allowed.sort()).toEqual(declaredOf(rights)[right].sort());
    });

    test('draws the fence only if declared, and changes neither schema nor triggers', async () => {
      expect(await isAllowed(pool, `select nextval('responder.fence')`)).toBe(rights.fence === true);
      for (const sql of ['create table responder.mine (a int)', 'create table public.mine (a int)'])
        expect(await isAllowed(pool, sql)).toBe(false);
      for (const sql of [
        'alter table responder.audit disable trigger user',
        'drop table responder.audit',
        'alter table responder.run disable row level security',
        `create or replace function responder.chain_audit() returns trigger language plpgsql as 'begin return new; end'`,
      ])
        await expect(pool.query(sql)).rejects.toMatchObject({ code: '42501' });
    });
  },
);

test('every login is somebody’s, and only the migration owns anything', async () => {
  const { rows } = await ledger.admin.query<{ owner: string }>(
    `select distinct relowner::regrole::text as owner from pg_class where relnamespace = 'responder'::regnamespace
     union select nspowner::regrole::text from pg_namespace where nspname = 'responder'
     union select proowner::regrole::text from pg_proc where pronamespace = 'responder'::regnamespace`,
  );
  expect(rows).toEqual([{ owner: OWNER }]);
  expect([...Object.keys(RECORD_RIGHTS), OWNER].sort()).toEqual([...LOGINS].sort());
  // What the list of columns is made of was found.
  expect(new Set(columns.map(({ table }) => table)).size).toBeGreaterThan(15);
});
