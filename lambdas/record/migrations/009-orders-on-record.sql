-- Each entry says which database login wrote it; entries from before this migration do not.
alter table responder.audit add column login text;

-- As before, with the login in the entry and in its hash. It runs as the owner, so that a login that may append to the
-- audit needs no right to read it. An order of a person is written only by the function that proves who they are.
create or replace function responder.chain_audit() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  last record;
begin
  if new.kind like 'responder.%' and session_user not in ('responder_respond', current_user)
     and not (new.kind = 'responder.ack' and session_user = 'responder_acknowledge') then
    raise exception 'login % may not write the audit entry "%"', session_user, new.kind
      using errcode = 'insufficient_privilege', hint = 'order it with npm run respond';
  end if;
  perform pg_advisory_xact_lock(hashtext('responder.audit'), hashtext(new.chain));
  if exists (select from responder.audit where chain = new.chain and key = new.key) then
    return null;
  end if;
  select seq, hash into last from responder.audit where chain = new.chain order by seq desc limit 1;
  new.seq := coalesce(last.seq, 0) + 1;
  new.login := session_user;
  new.previous := coalesce(last.hash, encode(sha256(convert_to(new.chain, 'UTF8')), 'hex'));
  new.hash := encode(sha256(convert_to(concat_ws(E'\n', new.previous, new.chain, new.seq, new.key, new.at, new.kind, new.body, new.login), 'UTF8')), 'hex');
  return new;
end
$$;

-- Guards ask for the last order about a playbook or a run.
create index audit_of_people on responder.audit ((body::jsonb #>> '{object,id}'), seq) where chain = 'people';

-- A rehearsal is kept in the same tables as a live run. The login that rehearses reaches no row of a live run, whatever
-- it is granted.
create function responder.is_rehearsal(run text) returns boolean language sql stable
  return exists (select from responder.run r where r.run_id = run and r.mode = 'dry-run');
alter table responder.run enable row level security;
create policy kept on responder.run using (true)
  with check (mode = 'dry-run' or current_user <> 'responder_rehearser');
create policy rehearsals on responder.run as restrictive for update
  using (mode = 'dry-run' or current_user <> 'responder_rehearser');
do $$
declare
  kept text;
begin
  foreach kept in array array['step', 'guard', 'evidence'] loop
    execute format('alter table responder.%I enable row level security', kept);
    execute format('create policy kept on responder.%I using (true)
      with check (current_user <> ''responder_rehearser'' or responder.is_rehearsal(run_id))', kept);
    execute format('create policy rehearsals on responder.%I as restrictive for update
      using (current_user <> ''responder_rehearser'' or responder.is_rehearsal(run_id))', kept);
  end loop;
end
$$;
