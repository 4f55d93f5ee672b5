import { declaredGrants } from '../../catalog/playbooks/permissions.ts';
import { businessGrants, type Declared } from '../../record/logins.ts';
import { COST_TABLE, readsInTheirNames } from '../../platform/cost-names.ts';
import { ok, wrong, type CheckOf, type Finding, type Givens } from '../check.ts';

/** One right on one table of Commercial-Ops, of one login. */
interface Right {
  readonly right: string;
  readonly table: string;
  /** Empty: on the whole table. */
  readonly column: string;
  readonly login: string;
}

/** `select (a, b) on c, d to e, f`, taken apart. */
export function rightsOf(declared: Declared): Right[] {
  return businessGrants(declared).flatMap((grant) => {
    const [, what = '', on = '', to = ''] = /^(.+) on (.+) to (.+)$/.exec(grant) ?? [];
    const [right = '', columns = ''] = what.replace(')', '').split(' (');
    return on
      .split(', ')
      .flatMap((table) =>
        to
          .split(', ')
          .flatMap((login) =>
            (columns === '' ? [''] : columns.split(', ')).map((column) => ({ right, table, column, login })),
          ),
      );
  });
}

const LOOK = `
with wanted as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as w (privilege, relation, field, login)
), known as (
  select w.*, to_regclass('public.' || quote_ident(relation)) as found, exists (select from pg_roles where rolname = login) as there
  from wanted w
), placed as (
  select known.*, exists (select from pg_attribute where attrelid = found and attname = field and not attisdropped) as has_field
  from known
)
select privilege as "right", relation as "table", field as "column", login,
       case when found is null then 'table'
            when field <> '' and not has_field then 'column'
            when not there then null
            when field = '' and not has_table_privilege(login, found, privilege) then 'grant'
            when field <> '' and not has_column_privilege(login, found, field, privilege) then 'grant'
       end as missing
from placed`;

/** What is measured every few minutes reads a month's lines, and the newest usage. */
const LOOKED_UP_BY = ['bill_billing_period_start_date', 'line_item_usage_end_date'];

/** Of a table, not of a view over one. A partitioned table is cut by its key. */
const INDEXED = `
select exists (select from pg_attribute a where attrelid = c.oid and attname = $2 and (
  attnum in (select indkey[0] from pg_index where indrelid = c.oid and indisvalid)
  or attnum in (select partattrs[0] from pg_partitioned_table where partrelid = c.oid))) as indexed
from pg_class c where oid = to_regclass('public.' || quote_ident($1)) and relkind in ('r', 'p')`;

async function withoutIndex({ query, settings }: Givens['ledger']): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const ours of LOOKED_UP_BY) {
    const reads = readsInTheirNames(`${COST_TABLE} (${ours})`, settings.estate.costs);
    const [, table, column] = /^(\w+) \((\w+)\)$/.exec(reads) ?? [];
    if (table === undefined) continue;
    const [row] = await query<{ indexed: boolean }>(INDEXED, [table, column]);
    if (row?.indexed !== false) continue;
    found.push(
      wrong({
        fault: `Each measurement reads all of ${table}: with millions of lines that takes long`,
        found: `no index on ${table} that begins with ${column}`,
        wanted: `one that begins with ${column}`,
        remedy: `as its owner: create index concurrently on ${table} (${column})`,
      }),
    );
  }
  return found;
}

export const ledgerTables: CheckOf<'ledger'> = {
  id: 'ledger-tables',
  asks: "Are Commercial-Ops' tables, columns and indexes there, and may the logins use them?",
  needs: 'ledger',
  async run(given) {
    const { query, settings } = given;
    const rights = rightsOf(declaredGrants(settings.estate.costs, settings.playbooks));
    const of = (key: keyof Right) => rights.map((right) => right[key]);
    const rows = await query<Right & { missing: 'table' | 'column' | 'grant' | null }>(LOOK, [
      of('right'),
      of('table'),
      of('column'),
      of('login'),
    ]);
    const iam = settings.ledger.actors.kind === 'iam' ? ' --iam' : '';
    const once = new Map<string, Finding>();
    for (const { missing, right, table, column, login } of rows) {
      if (missing === null) continue;
      if (missing === 'table')
        once.set(
          table,
          wrong({
            fault: `The ledger has no table ${table}`,
            found: `no table public.${table}`,
            wanted: `the table ${table}, as docs/deploy.md describes it`,
            remedy: `create it, or a view of that name over your own table`,
          }),
        );
      else if (missing === 'column')
        once.set(
          `${table}.${column}`,
          wrong({
            fault: `The table ${table} has no column ${column}`,
            found: `no column ${table}.${column}`,
            wanted: `the column ${column}`,
            remedy: `add it, or make ${table} a view that has it`,
          }),
        );
      else
        once.set(
          `${login} ${right} ${table}`,
          wrong({
            fault: `${login} may not ${right} ${column === '' ? table : `${table}.${column}`}`,
            found: `no ${right} on ${table}`,
            wanted: `grant ${right} on ${table} to ${login}`,
            remedy: `npm run --silent grants -- all${iam} | psql … as the ledger's administrator`,
          }),
        );
    }
    const found = [...once.values(), ...(await withoutIndex(given))];
    if (found.length > 0) return found;
    const tables = new Set(of('table'));
    return [ok(`${tables.size} tables, ${rights.length} rights`)];
  },
};
