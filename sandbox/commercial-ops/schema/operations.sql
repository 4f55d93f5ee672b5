-- What state the months are in, and what the jobs did.

create table if not exists period_state (
  period_start date primary key,
  state text not null check (state in ('open', 'closing', 'closed')),
  locked_by_recon text,
  changed_at timestamptz not null
);

-- Written in each job's own transaction: what a re-run is idempotent by, and reconciled against.
create table if not exists job_run (
  run_id text primary key,
  job text not null,
  period text,
  tenant_id text,
  fence bigint,
  status text not null check (status in ('started', 'completed', 'failed')),
  started_at timestamptz not null,
  finished_at timestamptz,
  result jsonb
);
create index if not exists job_run_fence on job_run (job, period, fence);

create table if not exists audit_event (
  event_id uuid primary key default gen_random_uuid(),
  occurred_at timestamptz not null,
  actor_type text not null check (actor_type in ('system', 'tenant_user', 'operator_user')),
  actor_id text not null,
  action text not null,
  object_type text not null,
  object_id text not null,
  metadata jsonb not null default '{}'
);
