-- An order that lets the machine do more than before, where money is concerned: it takes effect once a second person
-- has confirmed it.
create table responder.pending_order (
  order_id   text primary key,
  action     text not null check (action in ('trust', 'resume', 'reset')),
  -- A playbook, or 'all'.
  scope      text not null,
  -- Of an order about trust: the level.
  trust      text check (trust in ('shadow', 'approve', 'auto')),
  person     text not null,
  caller_arn text not null,
  reason     text not null,
  at         timestamptz not null,
  expires_at timestamptz not null,
  closed_at  timestamptz,
  closed_by  text,
  check ((action = 'trust') = (trust is not null))
);
create index pending_order_open on responder.pending_order (expires_at) where closed_at is null;
