import { businessGrants, LOGINS, OWNER, type Declared } from './logins.ts';

/**
 * What each session of a login has, without start-up options, which RDS Proxy and PgBouncer refuse: dates are compared
 * with moments, so that every day begins at midnight UTC, and the server ends what takes too long.
 */
const SESSION = ['TimeZone=UTC', 'statement_timeout=60s', 'idle_in_transaction_session_timeout=60s'];

export interface AdministratorOptions {
  /** RDS authenticates the logins with IAM tokens. */
  readonly iam?: boolean;
  /** Who owns Commercial-Ops' tables; by default the administrator. */
  readonly owner?: string;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const list = (texts: readonly string[]): string => `array[${texts.map(literal).join(', ')}]`;

/** What is in schema `responder`, and whose it is. */
const THEIRS = `(
      select pg_get_userbyid(nspowner) as owner, 'schema responder' as thing from pg_namespace where nspname = 'responder'
      union all
      select pg_get_userbyid(relowner), format('%s responder.%I', case relkind when 'S' then 'sequence' else 'table' end, relname)
      from pg_class where relnamespace = to_regnamespace('responder') and relkind in ('r', 'S')
        and not exists (select from pg_depend where objid = pg_class.oid and classid = 'pg_class'::regclass and deptype in ('a', 'i'))
      union all
      select pg_get_userbyid(proowner), 'function ' || oid::regprocedure from pg_proc where pronamespace = to_regnamespace('responder')
    ) theirs`;
/** Whether something is to be made for the schema's owner. */
const FOREIGN = `(select 1 where to_regnamespace('responder') is null union all select 1 from ${THEIRS} where owner <> '${OWNER}')`;

/**
 * What the ledger's administrator does, who need be no superuser: logins, schema `responder` with its owner, and grants
 * on Commercial-Ops' tables. It is one statement, which happens as a whole or not at all. Safe to repeat.
 */
export const administratorSql = (
  declared: Declared,
  { iam = false, owner }: AdministratorOptions = {},
): string => `
do $responder$
declare
  with_iam constant boolean := ${iam};
  logins constant text[] := ${list(LOGINS)};
  settings constant text[] := ${list(SESSION)};
  administrator constant name := current_user;
  business constant name := ${owner === undefined ? 'current_user' : literal(owner)};
  -- Since PostgreSQL 16 a member of a role may be unable to act as it.
  acts constant text := case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end;
  is_superuser constant boolean := (select rolsuper from pg_roles where rolname = current_user);
  is_rds constant boolean := exists (select from pg_roles where rolname = 'rds_iam');
  used_tokens boolean := false;
  has_installer boolean := false;
  joined name[] := '{}';
  wanted name;
  setting text;
  theirs text;
begin
  if not exists (select from pg_roles where rolname = business) then
    raise exception 'there is no role "%", which would own Commercial-Ops'' tables', business
      using hint = 'npm run grants -- all --owner <role> names their owner';
  end if;
  if is_rds then used_tokens := pg_has_role(administrator, 'rds_iam', 'member'); end if;

  -- Since PostgreSQL 16 whoever creates a role stays its member, and a member of a login that has rds_iam
  -- can no longer use a password. So these are created by a role that is dropped below.
  if with_iam and acts = 'set' and not is_superuser
     and exists (select unnest(logins) except select rolname from pg_roles) then
    create role responder_installer createrole;
    execute format('grant responder_installer to %I', administrator);
    set local role responder_installer;
    has_installer := true;
  end if;
  foreach wanted in array logins loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I login', wanted);
      if has_installer and wanted = '${OWNER}' then execute format('grant %I to %I', wanted, administrator); end if;
    end if;
    foreach setting in array settings loop
      if not exists (select from pg_roles where rolname = wanted and setting = any (rolconfig)) then
        execute format('alter role %I set %I to %L', wanted, split_part(setting, '=', 1), split_part(setting, '=', 2));
      end if;
    end loop;
  end loop;
  execute format('set local role %I', administrator);

  -- Who is a member of a role may act on what it owns. These memberships end below.
  for wanted in select business union select owner from ${THEIRS} where owner <> '${OWNER}'
    union select '${OWNER}' where exists ${FOREIGN} loop
    if not pg_has_role(administrator, wanted, acts) then
      execute format('grant %I to %I', wanted, administrator);
      joined := joined || wanted;
    end if;
  end loop;
  if to_regnamespace('responder') is null then create schema responder authorization ${OWNER}; end if;
  for theirs in select thing from ${THEIRS} where owner <> '${OWNER}' loop
    execute format('alter %s owner to ${OWNER}', theirs);
  end loop;

  grant usage on schema public to ${LOGINS.join(', ')};
  execute format('set local role %I', business);
  for theirs in
    select oid::regclass from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') and relowner = business::regrole
  loop
    execute format('revoke all on table %s from ${LOGINS.join(', ')}', theirs);
    -- Of an earlier version, with the grants of all actions.
    if exists (select from pg_roles where rolname = 'responder_actor') then
      execute format('revoke all on table %s from responder_actor', theirs);
    end if;
  end loop;
${businessGrants(declared)
  .map((grant) => `  grant ${grant};`)
  .join('\n')}
  execute format('set local role %I', administrator);
  if exists (select from pg_roles where rolname = 'responder_actor' and rolcanlogin) then
    alter role responder_actor nologin;
  end if;

  -- Before the logins get rds_iam: see above. An earlier version left a membership behind.
  if has_installer then
    set local role responder_installer;
    execute format('revoke ${OWNER} from %I', administrator);
    execute format('set local role %I', administrator);
    drop role responder_installer;
  end if;
  for wanted in
    select rolname from pg_auth_members join pg_roles on pg_roles.oid = roleid
    where member = administrator::regrole and rolname = any (joined || logins)
      and (acts = 'member' or is_superuser or grantor = administrator::regrole)
  loop
    execute format('revoke %I from %I', wanted, administrator);
  end loop;

  if not is_rds then
    if with_iam then
      raise warning 'there is no role rds_iam, so this server is not RDS, and nobody can log in as responder_*'
        using hint = 'leave --iam out, and give each login a password';
    end if;
    return;
  end if;
  foreach wanted in array logins loop
    continue when pg_has_role(wanted, 'rds_iam', 'member') = with_iam;
    execute format(case when with_iam then 'grant rds_iam to %I' else 'revoke rds_iam from %I' end, wanted);
  end loop;
  if not used_tokens and not is_superuser and pg_has_role(administrator, 'rds_iam', 'member') then
    raise exception '% is a member of a responder login, and could no longer log in with a password', administrator
      using hint = 'drop the logins responder_* and run this again, or run it as an administrator who logs in with IAM';
  end if;
end
$responder$;
`;
