-- The record: what ran, what it saw, what it decided and did. Written by upserts, so every write may be repeated.

create sequence responder.fence;

create table responder.incident (
  incident_id   text primary key,
  playbook      text not null,
  target_key    text not null,
  target        jsonb not null,
  severity      text not null,
  opened_at     timestamptz not null,
  opened_by_run text not null,
  closed_at     timestamptz,
  closed_by_run text
);
-- One open incident per playbook and target; later runs join it.
create unique index incident_open on responder.incident (playbook, target_key) where closed_at is null;

create table responder.run (
  run_id        text primary key,
  incident_id   text not null,
  playbook      text not null,
  target_key    text not null,
  target        jsonb not null,
  mode          text not null check (mode in ('live', 'dry-run')),
  request       jsonb not null,
  -- The alarm's transition behind the run, for the sweep: name and time of change.
  alarm         text,
  alarm_changed_at timestamptz,
  replay_of     text,
  execution_arn text,
  opened_at     timestamptz not null,
  ended_at      timestamptz,
  -- Holds the lock on playbook and target: set with the intent, cleared with the outcome.
  acting        boolean not null default false,
  fence         bigint,
  finding       jsonb,
  decision      jsonb,
  plan_sha256   text,
  outcome       text check (outcome in ('resolved', 'self-healed', 'refused', 'escalated', 'ineffective',
                                        'inconclusive', 'failed', 'rehearsed')),
  why           text,
  joined_run    text,
  -- What the run cost: distinct durable operations, and transactions that wrote to the ledger.
  operations    integer,
  ledger_writes integer
);
-- One acting run per playbook and target. Its violation is how a second run learns of the first.
create unique index run_acting on responder.run (playbook, target_key) where acting;
create index run_unfinished on responder.run (opened_at) where ended_at is null;
create index run_alarm on responder.run (alarm, alarm_changed_at);

create table responder.step (
  run_id     text not null references responder.run,
  name       text not null,
  seq        integer not null,
  started_at timestamptz not null,
  ended_at   timestamptz not null,
  -- One line for people, with the figures.
  tell       text not null,
  detail     jsonb not null,
  primary key (run_id, name)
);

create table responder.guard (
  run_id     text not null references responder.run,
  slot       text not null check (slot in ('before-diagnosing', 'before-acting')),
  guard      text not null,
  answer     text not null check (answer in ('allow', 'refuse')),
  figures    text not null,
  checked_at timestamptz not null,
  primary key (run_id, slot, guard)
);

create table responder.evidence (
  run_id     text not null references responder.run,
  key        text not null,
  probe      text not null,
  source     text not null,
  query      text not null,
  parameters jsonb not null,
  -- The first rows; row_count counts all, and sha256 is over all, the query and its parameters.
  rows       jsonb not null,
  row_count  integer not null,
  sha256     text not null,
  taken_at   timestamptz not null,
  primary key (run_id, key)
);
