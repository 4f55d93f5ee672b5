import { allRows, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { LOGINS, RECORD_RIGHTS, type Rights } from './logins.ts';

const MISSING = `select wanted from unnest($1::text[]) wanted where not exists (select from pg_roles where rolname = wanted)`;

/** Nobody but the owner keeps what is not declared: a reader of your own keeps `select`, and nothing else. */
const WIDER = `
select distinct table_name as "table", grantee from (
  select table_name, grantee, privilege_type from information_schema.role_table_grants where table_schema = 'responder'
  union all
  select table_name, grantee, privilege_type from information_schema.role_column_grants where table_schema = 'responder'
) granted
where grantee <> current_user and (privilege_type <> 'SELECT' or grantee = any($1))`;

/**
 * Makes the grants in schema `responder` those that are declared, no more and no fewer, in one transaction. Repeated,
 * it changes nothing.
 * @throws when a login is missing
 */
export function grantLogins(ledger: Ledger): Promise<void> {
  return transaction(ledger, async (client) => {
    const missing = await allRows<{ wanted: string }>(client, MISSING, [LOGINS]);
    if (missing.length > 0)
      throw new Error(
        `the ledger has no login ${missing.map(({ wanted }) => wanted).join(', ')}; as its administrator run what ` +
          '`npm run grants -- all` prints, then invoke responder-migrate again',
      );
    for (const { table, grantee } of await allRows<{ table: string; grantee: string }>(client, WIDER, [
      LOGINS,
    ]))
      await revokeAll(client, `responder.${quoted(table)}`, grantee);
    for (const [login, rights] of Object.entries(RECORD_RIGHTS))
      for (const grant of grantsOf(rights)) await client.query(`grant ${grant} to ${login}`);
  });
}

async function revokeAll(client: Queryable, table: string, grantee: string): Promise<void> {
  const from = grantee === 'PUBLIC' ? 'public' : quoted(grantee);
  const isLogin = (LOGINS as readonly string[]).includes(grantee);
  const rights = isLogin ? 'all' : 'insert, update, delete, truncate, references, trigger';
  await client.query(`revoke ${rights} on ${table} from ${from}`);
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `run (run_id, why)` is granted as `select (run_id, why) on responder.run`. */
export function grantsOf({
  select = [],
  insert = [],
  update = [],
  delete: remove = [],
  fence,
}: Rights): readonly string[] {
  const on = (right: string, table: string): string => {
    const [name, columns] = table.split(' (');
    return `${right}${columns === undefined ? '' : ` (${columns}`} on responder.${name}`;
  };
  return [
    'usage on schema responder',
    ...select.map((table) => on('select', table)),
    ...insert.map((table) => on('insert', table)),
    ...update.map((table) => on('update', table)),
    ...remove.map((table) => on('delete', table)),
    ...(fence ? ['usage on sequence responder.fence'] : []),
  ];
}
