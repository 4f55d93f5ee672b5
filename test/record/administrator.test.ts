import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { startPostgres, type Postgres } from '../../emulator/postgres/postgres.ts';
import { actGrants } from '../../lambdas/catalog/playbooks/permissions.ts';
import { measuredTables } from '../../lambdas/catalog/signals/registry.ts';
import { grantLogins } from '../../lambdas/record/grant-logins.ts';
import { administratorSql, OWNER } from '../../lambdas/record/logins.ts';
import { migrate } from '../../lambdas/record/migrate.ts';
import { migrations } from '../../lambdas/record/migrations.ts';
import { installLedger } from '../../sandbox/commercial-ops/ledger.ts';
import { asLogin, PASSWORDS } from '../support/ledger.ts';

/** A database's master as Aurora has it: it makes roles and databases, and is no superuser. */

let dir: string;
let server: Postgres;
let superuser: Pool;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'responder-master-'));
  chmodSync(dir, 0o755);
  server = await startPostgres({ dir });
  superuser = new Pool({ connectionString: server.url, max: 1 });
  await superuser.query(`create role master login createrole createdb password 'master'`);
});
afterAll(async () => {
  await superuser.end();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

interface Own {
  readonly url: string;
  readonly master: Pool;
  readonly owner: Pool;
}
async function within(name: string, work: (own: Own) => Promise<void>): Promise<void> {
  await superuser.query(`create database ${name} owner master`);
  const url = new URL(server.url);
  Object.assign(url, { pathname: `/${name}`, username: 'master', password: 'master' });
  const master = new Pool({ connectionString: url.href, max: 1 });
  const owner = new Pool({ connectionString: asLogin(url.href, OWNER), max: 2 });
  try {
    await work({ url: url.href, master, owner });
  } finally {
    await owner.end();
    await master.end();
  }
}

/** Who owns what, and who may do what: all of both schemas. */
const state = async ({ master }: Own): Promise<unknown> => {
  const { rows } = await master.query(
    `select nspname || '.' || relname as what, relowner::regrole::text as owner, relacl::text[] as acl,
            (select json_agg(attname || ' ' || attacl::text order by attname) from pg_attribute
             where attrelid = pg_class.oid and attacl is not null) as columns
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname in ('public', 'responder') and relkind in ('r', 'S') order by 1`,
  );
  return rows.map(({ acl, ...row }: { acl: string[] | null }) => ({ ...row, acl: acl?.sort() }));
};
const deploy = async ({ master, owner }: Own): Promise<number[]> => {
  await master.query(administratorSql({ acting: actGrants(), measured: measuredTables() }));
  const applied = await migrate(owner, migrations);
  await grantLogins(owner);
  return applied;
};
const owners = async ({ master }: Own): Promise<unknown[]> => {
  const { rows } = await master.query<{ owner: string }>(
    `select distinct relowner::regrole::text as owner from pg_class where relnamespace = 'responder'::regnamespace
     union select nspowner::regrole::text from pg_namespace where nspname = 'responder'
     union select proowner::regrole::text from pg_proc where pronamespace = 'responder'::regnamespace`,
  );
  return rows.map(({ owner }) => owner);
};

test('from nothing: everything is made and granted, and a second time nothing changes', () =>
  within('fresh', async (own) => {
    await installLedger(own.master, PASSWORDS);
    expect(await deploy(own)).toEqual(migrations.map(({ version }) => version));
    expect(await owners(own)).toEqual([OWNER]);
    const before = await state(own);
    expect(await deploy(own)).toEqual([]);
    expect(await state(own)).toEqual(before);
  }));

test('from an older version that another login owns: its rows stay, its rights go', () =>
  within('older', async (own) => {
    await installLedger(own.master, PASSWORDS);
    // As it was before: one login for the record, and one for all actions with their grants.
    await own.master.query(
      `drop schema responder; create role responder login; create role responder_actor login;
       grant responder to master; create schema responder authorization responder;
       set role commercial_ops; grant update (status) on recon_summary to responder_actor;
       grant select on all tables in schema public to responder_signals, responder; grant insert on audit_event to responder;
       reset role; set role responder`,
    );
    await migrate(own.master, migrations.slice(0, 5));
    await own.master.query(
      `insert into responder.switch values ('all', true, now(), 'sre-one', 'before'); reset role`,
    );
    expect(await deploy(own)).toEqual(migrations.slice(5).map(({ version }) => version));
    expect(await owners(own)).toEqual([OWNER]);
    const { rows } = await own.owner.query(`select scope, paused from responder.switch`);
    expect(rows).toEqual([{ scope: 'all', paused: true }]);
    const before = await state(own);
    expect(await deploy(own)).toEqual([]);
    expect(await state(own)).toEqual(before);
    const may = await own.master.query(
      `select has_column_privilege('responder_actor', 'recon_summary', 'status', 'update') as acts,
              has_table_privilege('responder_signals', 'audit_event', 'select') as reads,
              (select rolcanlogin from pg_roles where rolname = 'responder_actor') as "logsIn"`,
    );
    expect(may.rows).toEqual([{ acts: false, reads: false, logsIn: false }]);
  }));
