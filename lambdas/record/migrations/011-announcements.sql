-- Orders that everybody who may approve is notified of, recorded in the order's transaction and sent after it.
create table responder.announcement (
  announcement_id text primary key,
  action   text not null check (action in ('trust', 'resume', 'reset')),
  -- A playbook, or 'all', and the moment of the order: those of its entry in the audit.
  scope    text not null,
  at       text not null,
  -- Whether the order takes effect only once this is sent.
  awaited  boolean not null,
  says     text not null,
  reason   text not null,
  -- What to type, if somebody is to do something.
  command  text,
  sent_at  timestamptz
);
create index announcement_unsent on responder.announcement (scope) where sent_at is null;

-- Why an order that waited for a second person can no longer be confirmed; closed_by is empty then.
alter table responder.pending_order add column void_why text;
