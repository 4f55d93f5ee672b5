-- Who may do what in the ledger. Run by the server's administrator, in the ledger's database, after the tables
-- exist; the login roles are made by ledger.ts, which knows their passwords.

-- Commercial-Ops owns its tables. The responder looks at all of them, and writes only to the audit trail.
grant usage on schema public to responder;
grant select on all tables in schema public to responder;
alter default privileges for role commercial_ops in schema public grant select on tables to responder;
grant insert on audit_event to responder;

-- The responder's own record; its migrations make the tables.
create schema if not exists responder authorization responder;

-- What changes Commercial-Ops' tables for an accepted plan. It looks at everything, asks the record whether the lock is
-- still held, and leaves a trace of each change; what else it may write is declared by the actions, column by column.
grant usage on schema public, responder to responder_actor;
grant select on all tables in schema public to responder_actor;
alter default privileges for role commercial_ops in schema public grant select on tables to responder_actor;
alter default privileges for role responder in schema responder grant select on tables to responder_actor;
grant insert on audit_event, job_run to responder_actor;

-- What rehearses. It looks at everything, and writes to the responder's own record alone: neither to the audit trail nor to
-- the responder's own audit, nor can it draw the fence that acting needs.
grant usage on schema public, responder to responder_rehearser;
grant select on all tables in schema public to responder_rehearser;
alter default privileges for role commercial_ops in schema public grant select on tables to responder_rehearser;
alter default privileges for role responder in schema responder grant select, insert, update on tables to responder_rehearser;
grant select, insert, update on all tables in schema responder to responder_rehearser;
-- The grants above are on all tables; the audit, once it is there, is its owner's alone to write (as migration 006 says).
do $$
begin
  if to_regclass('responder.audit') is not null then
    revoke insert, update on responder.audit from responder_rehearser;
  end if;
end
$$;
