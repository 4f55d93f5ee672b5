import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { startPostgres, type Postgres } from '../../emulator/postgres/postgres.ts';
import { eventually } from '../../emulator/test/support/eventually.ts';
import { describeWith } from '../../emulator/test/support/needs.ts';
import { grantLogins } from '../../lambdas/record/grant-logins.ts';
import { LOGINS, OWNER } from '../../lambdas/record/logins.ts';
import { migrate } from '../../lambdas/record/migrate.ts';
import { migrations } from '../../lambdas/record/migrations.ts';
import { installLedger, installTables } from '../../sandbox/commercial-ops/ledger.ts';
import { asLogin, PASSWORDS } from '../support/ledger.ts';

/** What an administrator runs, as the command prints it. */
const script = (...options: string[]): string =>
  execFileSync(process.execPath, ['scripts/grants.ts', 'all', '--owner', 'commercial_ops', ...options], {
    encoding: 'utf8',
  });
const SCRIPT = script();
const WITH_IAM = script('--iam');

const DEBIAN = '/usr/lib/postgresql/15';

describe('on the PostgreSQL of the sandbox', () => suite());
describeWith(
  'PostgreSQL 15',
  existsSync(join(DEBIAN, 'bin/initdb')),
  'Debian: apt-get install postgresql-15',
)('on PostgreSQL 15', () => suite(DEBIAN));

function suite(root?: string): void {
  let dir: string;
  let server: Postgres;
  let superuser: Pool;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'responder-master-'));
    chmodSync(dir, 0o755);
    server = await startPostgres({ dir, ...(root !== undefined && { binaries: { root } }) });
    superuser = new Pool({ connectionString: server.url, max: 1 });
    // As RDS has it: it makes roles and databases, and is no superuser.
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
      await superuser.query(`drop database ${name}`);
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
    await master.query(SCRIPT);
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
      await own.master.query(`create table of_others (a int)`);
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
        `grant ${OWNER} to master; drop schema responder; create role responder login; create role responder_actor login;
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

  test('the administrator can act as no login afterwards, and not read the record', () =>
    within('afterwards', async (own) => {
      await installLedger(own.master, PASSWORDS);
      await deploy(own);
      await expect(own.master.query(`set role ${OWNER}`)).rejects.toThrow('permission denied to set role');
      await expect(own.master.query(`select from responder.run`)).rejects.toThrow('permission denied');
    }));

  test('each session of a login has its time zone and its limits, without start-up options', () =>
    within('sessions', async (own) => {
      await installLedger(own.master, PASSWORDS);
      await superuser.query(`alter database sessions set timezone = 'Europe/Berlin'`);
      const { rows } = await own.owner.query(
        `select current_setting('TimeZone') as zone, current_setting('statement_timeout') as statement,
                current_setting('idle_in_transaction_session_timeout') as idle`,
      );
      expect(rows).toEqual([{ zone: 'UTC', statement: '1min', idle: '1min' }]);
    }));

  test('a missing owner is named, and nothing was made', () =>
    within('ownerless', async ({ master }) => {
      const wrong = SCRIPT.replace(
        `business constant name := 'commercial_ops'`,
        `business constant name := 'nobody'`,
      );
      await expect(master.query(wrong)).rejects.toThrow(
        `there is no role "nobody", which would own Commercial-Ops' tables`,
      );
      expect((await master.query(`select to_regnamespace('responder') as made`)).rows).toEqual([
        { made: null },
      ]);
    }));

  test('with --iam, on a server that is not RDS: a warning says that nobody can log in', () =>
    within('plain', async (own) => {
      await installLedger(own.master, PASSWORDS);
      const said: string[] = [];
      const client = await own.master.connect();
      client.on('notice', ({ message = '' }) => said.push(message));
      await client.query(WITH_IAM);
      client.release();
      expect(said).toContainEqual(
        expect.stringContaining('there is no role rds_iam, so this server is not RDS'),
      );
    }));

  describe('on RDS', () => {
    const inIam = async (): Promise<string[]> => {
      const { rows } = await superuser.query<{ name: string }>(
        `select rolname as name from pg_roles where not rolsuper and pg_has_role(rolname, 'rds_iam', 'member')`,
      );
      return rows.map(({ name }) => name).filter((name) => name !== 'rds_iam');
    };
    const connect = async (url: string): Promise<void> => {
      const client = new Client({ connectionString: url });
      await client.connect().finally(() => client.end());
    };
    beforeAll(async () => {
      await superuser.query(`create role rds_iam; drop role if exists ${LOGINS.join(', ')}`);
      // On RDS the administrator grants rds_iam without being in it. Here it must be, but before PostgreSQL 16.
      if (root === undefined) await superuser.query(`grant rds_iam to master with admin option`);
    });

    test('the logins use tokens, and the administrator goes on with a password', () =>
      within('tokens', async (own) => {
        await installTables(own.master, PASSWORDS);
        await own.master.query(WITH_IAM);
        await own.master.query(WITH_IAM);
        expect(await inIam()).toEqual(expect.arrayContaining([...LOGINS]));
        if (root === undefined)
          await superuser.query(`grant rds_iam to ${LOGINS.join(', ')}; revoke rds_iam from master cascade`);
        expect((await inIam()).sort()).toEqual([...LOGINS].sort());
        // As RDS asks whoever is in it, however indirectly, for a token in place of a password.
        const { rows } = await superuser.query<{ file: string }>(
          `select current_setting('hba_file') as file`,
        );
        const [{ file } = { file: '' }] = rows;
        const before = readFileSync(file, 'utf8');
        writeFileSync(file, `host all +rds_iam all reject\n${before}`);
        await superuser.query('select pg_reload_conf()');
        try {
          await eventually('a login to be refused', () =>
            connect(asLogin(own.url, OWNER)).then(
              () => false,
              (error: Error) => error.message.includes('pg_hba.conf rejects'),
            ),
          );
          await connect(own.url);
        } finally {
          writeFileSync(file, before);
          await superuser.query('select pg_reload_conf()');
        }
      }));

    // Only there may an administrator here grant rds_iam and stay out of it.
    if (root !== undefined)
      test('an administrator who would be locked out is told so, and nothing was changed', () =>
        within('locked_out', async (own) => {
          await installTables(own.master, PASSWORDS);
          await own.master.query(SCRIPT);
          expect(await inIam()).toEqual([]);
          await superuser.query(`create role ops; grant ${OWNER} to ops; grant ops to master`);
          await expect(own.master.query(WITH_IAM)).rejects.toMatchObject({
            message: 'master is a member of a responder login, and could no longer log in with a password',
            hint: expect.stringContaining('drop the logins responder_*') as string,
          });
          expect(await inIam()).toEqual([]);
        }));
  });
}
