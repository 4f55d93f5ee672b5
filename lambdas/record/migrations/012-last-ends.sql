-- How the last run about a target ended, and what it was about: what a standing alarm is compared with later. One row a target.
create table responder.last_end (
  playbook   text not null,
  target_key text not null,
  target     jsonb not null,
  run_id     text not null references responder.run,
  ended_at   timestamptz not null,
  outcome    text not null,
  -- The highest of the alarm's and the decision's.
  severity   text not null,
  -- Null: nothing was found out. What is gone is left out by later checks.
  concerns   jsonb,
  -- Runs in a row that ended like this.
  times      int not null default 1,
  checked_at timestamptz not null,
  primary key (playbook, target_key)
);
