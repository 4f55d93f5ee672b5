-- What people live by: episodes of incidents, who was told, and an audit that only grows.

-- How often the incident was opened; 2 and more: it came back.
alter table responder.incident add column episode integer not null default 1;

-- One time that an incident is open. People are called anew in each.
create table responder.episode (
  incident_id    text not null references responder.incident,
  episode        integer not null check (episode > 0),
  opened_at      timestamptz not null,
  opened_by_run  text not null,
  -- The gravest so far; since when, and by what: the opening, a run's id, or 'persistence'.
  severity       text not null,
  severity_since timestamptz not null,
  severity_by    text not null,
  acknowledged_at       timestamptz,
  acknowledged_by       text,
  -- Whoever acknowledged a lesser severity is called again for a graver one.
  acknowledged_severity text,
  closed_at      timestamptz,
  -- A run's id, or a person.
  closed_by      text,
  -- The first run that joined since people were last told of joining ones.
  joined_since   timestamptz,
  jira_key       text,
  jira_url       text,
  -- Of the escalation while it waits.
  callback_id    text,
  -- Counts its changes: whoever is about to wait learns whether it has changed meanwhile.
  version        integer not null default 1,
  primary key (incident_id, episode)
);
insert into responder.episode (incident_id, episode, opened_at, opened_by_run, severity, severity_since, severity_by, closed_at, closed_by)
select incident_id, 1, opened_at, opened_by_run, severity, opened_at, 'opening', closed_at, closed_by_run from responder.incident;

-- Every message of the escalation and every call to Jira: due when, told when, and if late or not at all, why.
create table responder.told (
  incident_id text not null,
  episode     integer not null,
  -- e.g. 'SEV-2/rung-2', 'joined/1', 'stand-down', 'reminder', 'jira'.
  what        text not null,
  -- A topic's name, or 'jira'.
  recipient   text not null,
  due_at      timestamptz not null,
  told_at     timestamptz,
  -- Confirmed subscriptions of the topic when it was asked; none: nobody was told.
  confirmed   integer,
  tries       integer not null,
  tried_at    timestamptz not null,
  -- Why it was late, or that nobody was told.
  why         text,
  primary key (incident_id, episode, what, recipient),
  foreign key (incident_id, episode) references responder.episode
);

-- A link that was used. It is good once.
create table responder.used_link (
  token_sha256 text primary key,
  incident_id  text not null,
  episode      integer not null,
  used_at      timestamptz not null,
  -- Address that it was used from.
  used_from    text not null
);

create table responder.postmortem (
  incident_id  text not null,
  episode      integer not null,
  -- In the record bucket: ops/postmortems/<date>/<incident>/, of a later episode with its number.
  prefix       text not null,
  drafted_at   timestamptz not null,
  draft_sha256 text not null,
  -- What the person completed, and who; the signed document's SHA-256.
  signed_at    timestamptz,
  signed_by    text,
  signed_sha256 text,
  primary key (incident_id, episode),
  foreign key (incident_id, episode) references responder.episode
);

-- Append-only, and chained: each entry holds the hash of the one before. `chain` is an incident's id, or 'people' for
-- orders that belong to none. What is hashed is text as it stands here, so that any change of a byte shows.
create table responder.audit (
  chain    text not null check (chain !~ '\n'),
  seq      integer not null check (seq > 0),
  -- What makes the entry the same when it is written again: that does nothing.
  key      text not null check (key !~ '\n'),
  at       text not null check (at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$'),
  kind     text not null check (kind !~ '\n'),
  -- JSON with sorted keys.
  body     text not null,
  previous text not null,
  hash     text not null,
  primary key (chain, seq),
  unique (chain, key)
);

-- The chain is the database's own work: nobody who writes an entry can choose its place or its hash.
create function responder.chain_audit() returns trigger language plpgsql as $$
declare
  last record;
begin
  perform pg_advisory_xact_lock(hashtext('responder.audit'), hashtext(new.chain));
  if exists (select from responder.audit where chain = new.chain and key = new.key) then
    return null;
  end if;
  select seq, hash into last from responder.audit where chain = new.chain order by seq desc limit 1;
  new.seq := coalesce(last.seq, 0) + 1;
  new.previous := coalesce(last.hash, encode(sha256(convert_to(new.chain, 'UTF8')), 'hex'));
  new.hash := encode(sha256(convert_to(concat_ws(E'\n', new.previous, new.chain, new.seq, new.key, new.at, new.kind, new.body), 'UTF8')), 'hex');
  return new;
end
$$;
create trigger audit_chained before insert on responder.audit
  for each row execute function responder.chain_audit();

create function responder.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'responder.% only grows: % is refused', tg_table_name, lower(tg_op)
    using hint = 'write another entry that says what was wrong';
end
$$;
create trigger audit_kept before update or delete on responder.audit
  for each row execute function responder.refuse_change();
create trigger audit_kept_whole before truncate on responder.audit
  for each statement execute function responder.refuse_change();
