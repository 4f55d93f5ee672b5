-- What tenants are asked to pay, what they paid, and the proof that it adds up.

create table if not exists budget_master (
  budget_id text primary key,
  scope_type text not null check (scope_type in ('tenant', 'plan', 'platform')),
  scope_ref text,
  metric_type text not null,
  period text not null,
  target_usd numeric(18,6) not null,
  actual_usd numeric(18,6) not null,
  thresholds_json jsonb not null default '{}',
  status text not null check (status in ('ok', 'warning', 'breached')),
  -- Null: never yet.
  last_refreshed_at timestamptz
);
alter table budget_master alter column last_refreshed_at drop not null;

create table if not exists invoice_header (
  invoice_id text primary key,
  tenant_id text not null references tenant_master,
  period_start date not null,
  period_end date not null,
  status text not null check (status in ('open', 'issued', 'paid', 'void')),
  subtotal_usd numeric(18,6) not null,
  tax_usd numeric(18,6) not null,
  total_usd numeric(18,6) not null,
  issued_at timestamptz,
  paid_at timestamptz,
  unique (tenant_id, period_start)
);

create table if not exists invoice_detail (
  invoice_id text not null references invoice_header,
  line_type text not null check (line_type in ('subscription', 'topup', 'allocation', 'adjustment')),
  metric_code text,
  quantity numeric(18,6) not null,
  unit text not null,
  unit_price_usd numeric(18,6) not null,
  amount_usd numeric(18,6) not null,
  reference_ids jsonb not null default '[]'
);

create table if not exists payment_txn (
  payment_id text primary key,
  invoice_id text references invoice_header,
  method text not null check (method in ('card', 'wallet', 'bank_transfer', 'credit')),
  amount_usd numeric(18,6) not null,
  provider_ref text,
  status text not null check (status in ('pending', 'confirmed', 'failed', 'refunded')),
  created_at timestamptz not null
);

-- service null: the whole period.
create table if not exists recon_summary (
  recon_id text not null,
  service text,
  period_start date not null,
  period_end date not null,
  aws_total_usd numeric(18,6) not null,
  allocated_total_usd numeric(18,6) not null,
  invoiced_total_usd numeric(18,6),
  operator_overhead_usd numeric(18,6) not null,
  variance_usd numeric(18,6) not null,
  variance_pct numeric(18,6),
  status text not null check (status in ('ok', 'warning', 'failed', 'resolved', 'provisional')),
  created_at timestamptz not null,
  unique nulls not distinct (recon_id, service)
);

create table if not exists recon_exceptions (
  exception_id text primary key,
  recon_id text not null,
  tenant_id text references tenant_master,
  category text not null check (category in ('Tagging', 'Allocation', 'Invoice', 'Timing', 'FX')),
  description text not null,
  variance_pct numeric(18,6),
  status text not null check (status in ('open', 'resolved')),
  created_at timestamptz not null
);
