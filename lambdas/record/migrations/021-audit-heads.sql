-- The last entry of each chain: the daily anchor reads these, and finds what has changed by the transaction that wrote it.
create table responder.audit_head (
  chain   text collate "C" primary key,
  seq     integer not null,
  hash    text not null,
  written xid8 not null
);

-- It runs as the owner: a login that may append to the audit needs no right on this table.
create function responder.keep_head() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into responder.audit_head (chain, seq, hash, written)
  values (new.chain, new.seq, new.hash, pg_current_xact_id())
  on conflict (chain) do update set seq = excluded.seq, hash = excluded.hash, written = excluded.written;
  return null;
end
$$;
-- Waits for the transactions that append without it.
create trigger audit_headed after insert on responder.audit
  for each row execute function responder.keep_head();

-- Chains that may grow at any moment, so that nobody waits for the rest (migration 022).
insert into responder.audit_head (chain, seq, hash, written)
select grows.chain, last.seq, last.hash, pg_current_xact_id()
from (select 'people' as chain union select incident_id from responder.incident where closed_at is null) grows
cross join lateral (select seq, hash from responder.audit where audit.chain = grows.chain order by seq desc limit 1) last;
