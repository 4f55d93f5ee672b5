-- What AWS charged, and whose it is.

-- Raw costs keep every digit that AWS sent: plain numeric. Line ids repeat within a report, so they are no key.
create table if not exists fact_cost_raw (
  identity_line_item_id text,
  line_item_time_interval text,
  line_item_line_item_type text,
  source_file text collate "C" not null,
  source_row bigint not null,
  bill_billing_period_start_date timestamptz not null,
  bill_billing_period_end_date timestamptz,
  line_item_usage_start_date timestamptz,
  line_item_usage_end_date timestamptz,
  line_item_resource_id text,
  product_servicecode text,
  line_item_usage_type text,
  line_item_usage_amount numeric,
  line_item_unblended_cost numeric,
  resource_tags_user_tenant_id text,
  resource_tags_user_plan_id text,
  ingested_at timestamptz not null,
  source_digest text not null,
  primary key (bill_billing_period_start_date, source_file, source_row)
);

-- Freshness is asked every few minutes, over tens of millions of lines.
create index if not exists fact_cost_raw_usage_end on fact_cost_raw (line_item_usage_end_date)
  where line_item_line_item_type = 'Usage';

create table if not exists fact_cost_allocated (
  id bigint generated always as identity primary key,
  tenant_id text not null references tenant_master,
  period_start date not null,
  period_end date not null,
  service text not null,
  category text not null check (category in ('NAT', 'PLINK', 'CLOUDWATCH', 'S3', 'EBS', 'OTHER')),
  rule_id text not null,
  allocated_cost_usd numeric(18,6) not null,
  key_metric text,
  key_value numeric(18,6),
  key_total numeric(18,6),
  source_line_ids jsonb not null default '[]',
  evidence_links jsonb not null default '[]',
  created_at timestamptz not null
);
create index if not exists fact_cost_allocated_period on fact_cost_allocated (period_start, service);

create table if not exists rule_version_map (
  rule_id text not null,
  version integer not null,
  category text not null,
  key_metric text,
  effective_from date not null,
  effective_to date,
  pinned boolean not null default false,
  primary key (rule_id, version)
);

create table if not exists cur_ingestion_log (
  run_id text primary key,
  period_start date not null,
  period_end date not null,
  status text not null check (status in ('started', 'completed', 'failed')),
  row_count bigint,
  duration_sec numeric(18,6),
  error_log text,
  source_digest text,
  executed_by text not null
);

create table if not exists tag_validation_log (
  run_id text not null,
  resource_id text not null,
  missing_tag text,
  quarantined boolean not null,
  checked_at timestamptz not null
);
