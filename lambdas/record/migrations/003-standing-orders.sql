-- What people have ordered, what holds now, and who may touch what: all that the guards weigh.

-- The kill switch: of everything ('all') or of one playbook.
create table responder.switch (
  scope  text primary key,
  paused boolean not null,
  since  timestamptz not null,
  by     text not null,
  reason text not null
);

-- Where a playbook stands. No row, or no trust in it: as the limits say.
create table responder.standing (
  playbook      text primary key,
  trust         text check (trust in ('shadow', 'approve', 'auto')),
  trust_since   timestamptz,
  trust_by      text,
  -- The breaker is open since then; only a person closes it.
  breaker_since timestamptz,
  breaker_why   text,
  reset_at      timestamptz,
  reset_by      text
);

-- What a plan touches. Kept after its release: a later plan must know what was changed since it looked.
create table responder.lock (
  resource     text not null,
  mode         text not null check (mode in ('write', 'read')),
  run_id       text not null references responder.run,
  fence        bigint not null,
  leased_until timestamptz not null,
  released_at  timestamptz,
  primary key (resource, run_id)
);
create index lock_held on responder.lock (leased_until) where released_at is null;

-- Locks are on sets of resources from here on; playbook and target are one of them.
drop index responder.run_acting;
alter table responder.run add column claimed_at timestamptz;
update responder.run set claimed_at = opened_at where fence is not null;
create index run_claimed on responder.run (claimed_at) where claimed_at is not null;
-- When a refusal is over, as far as that is known.
alter table responder.run add column look_again_at timestamptz;
-- What the plan would change, foreseen before anything was done.
alter table responder.run add column effect jsonb;

alter table responder.guard drop constraint guard_slot_check;
alter table responder.guard add constraint guard_slot_check
  check (slot in ('before-diagnosing', 'before-asking', 'before-acting'));

create table responder.approval (
  approval_id     text primary key,
  run_id          text not null references responder.run,
  plan_sha256     text not null,
  evidence_sha256 text not null,
  -- What people were shown: plan in words, why it is asked for, effect, limits.
  shown           jsonb not null,
  people          integer not null check (people in (1, 2)),
  -- The person whose request it is; null: an alarm's.
  requester       text,
  requested_at    timestamptz not null,
  expires_at      timestamptz not null,
  callback_id     text,
  state           text not null check (state in ('open', 'approved', 'refused', 'expired', 'void')),
  decided_at      timestamptz,
  decided_why     text
);

create table responder.approver (
  approval_id text not null references responder.approval,
  person      text not null,
  caller_arn  text not null,
  at          timestamptz not null,
  primary key (approval_id, person)
);

-- A rehearsal beside people, and what they then did.
create table responder.shadow (
  run_id      text primary key references responder.run,
  compared_at timestamptz not null,
  -- When the alarm was OK again.
  over_at     timestamptz not null,
  done        jsonb not null,
  verdict     text not null check (verdict in ('same', 'different', 'nothing'))
);
