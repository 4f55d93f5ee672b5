-- What became of each transition that CloudWatch's history shows of our alarms: the run, or why there is none.
create table responder.transition (
  alarm       text not null,
  changed_at  timestamptz not null,
  state       text not null check (state in ('OK', 'ALARM', 'INSUFFICIENT_DATA')),
  -- Not a reference: the run may not be on record yet.
  run_id      text,
  why         text not null,
  answered_at timestamptz not null,
  primary key (alarm, changed_at, state)
);
