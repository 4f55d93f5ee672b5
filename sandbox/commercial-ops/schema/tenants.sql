-- Who is billed, on what plan, for what use.

create table if not exists tenant_master (
  tenant_id text primary key check (tenant_id <> ''),
  tenant_name text not null,
  status text not null check (status in ('active', 'suspended', 'closed')),
  billing_contact jsonb not null default '{}',
  created_at timestamptz not null
);
-- Tenants of a partner bring their own ids.
alter table tenant_master drop constraint if exists tenant_master_tenant_id_check;
alter table tenant_master add constraint tenant_master_tenant_id_check check (tenant_id <> '');

create table if not exists plan_master (
  plan_code text primary key,
  plan_family text not null,
  version integer not null,
  currency text not null default 'USD',
  base_price_usd numeric(18,6) not null,
  base_seats integer not null,
  effective_from date not null,
  effective_to date
);

create table if not exists plan_metric_map (
  plan_code text not null references plan_master,
  metric_code text not null,
  cap_value numeric(18,6) not null,
  threshold_80 numeric(18,6) not null,
  threshold_95 numeric(18,6) not null,
  threshold_100 numeric(18,6) not null,
  unit text not null,
  primary key (plan_code, metric_code)
);

create table if not exists tenant_plan_binding (
  tenant_id text not null references tenant_master,
  plan_code text not null references plan_master,
  period_start date not null,
  period_end date,
  status text not null check (status in ('active', 'scheduled', 'expired')),
  proration_factor numeric(18,6) not null default 1,
  primary key (tenant_id, plan_code, period_start)
);

create table if not exists usage_snapshot_daily (
  tenant_id text not null references tenant_master,
  metric_code text not null,
  metric_value numeric(18,6) not null,
  usage_date date not null,
  cap_value numeric(18,6) not null,
  utilization numeric(18,6) not null,
  quota_event text check (quota_event in ('EVENT_QUOTA_80', 'EVENT_QUOTA_95', 'EVENT_QUOTA_100')),
  last_updated_at timestamptz not null,
  primary key (tenant_id, metric_code, usage_date)
);

create table if not exists plan_topup (
  plan_code text not null references plan_master,
  metric_code text not null,
  auto boolean not null,
  step_value numeric(18,6) not null,
  price_usd numeric(18,6) not null,
  max_per_period integer not null,
  primary key (plan_code, metric_code)
);

create table if not exists resource_inventory (
  resource_id text primary key,
  tenant_id text references tenant_master,
  plan_code text references plan_master,
  tags jsonb not null default '{}',
  quarantined boolean not null default false
);
