import { CostNames, readsInTheirNames } from '../../platform/cost-names.ts';

/** What probes, searches for targets, and actions' checks read of Commercial-Ops' tables: runner and rehearser may read no more. */
const TABLES: readonly string[] = [
  'audit_event (actor_id, event_id, metadata, occurred_at)',
  'budget_master (budget_id, last_refreshed_at, period, scope_ref, scope_type)',
  'cur_ingestion_log (period_start, row_count, run_id, source_digest, status)',
  'dashboard_state (name, refreshed_at, source_version)',
  'fact_cost_allocated (allocated_cost_usd, period_start, service, tenant_id)',
  'fact_cost_raw (bill_billing_period_start_date, ingested_at, line_item_line_item_type, line_item_resource_id, line_item_unblended_cost, line_item_usage_end_date, line_item_usage_type, product_servicecode, resource_tags_user_plan_id, resource_tags_user_tenant_id, source_digest)',
  'invoice_detail (amount_usd, invoice_id, line_type, metric_code)',
  'invoice_header (invoice_id, period_start, status, tenant_id, total_usd)',
  'job_run (fence, finished_at, job, period, result, run_id, started_at, status, tenant_id)',
  'payment_txn (amount_usd, invoice_id, payment_id, provider_ref, status)',
  'period_state (changed_at, locked_by_recon, period_start, state)',
  'plan_master (base_price_usd, plan_code)',
  'plan_metric_map (metric_code, plan_code)',
  'plan_topup (auto, max_per_period, metric_code, plan_code, price_usd, step_value)',
  // The runbook's own statements read these whole.
  'recon_exceptions',
  'recon_summary',
  'resource_inventory (plan_code, quarantined, resource_id, tenant_id)',
  'rule_version_map (category, effective_from, effective_to, key_metric, pinned, version)',
  'tag_validation_log (checked_at, quarantined, resource_id, run_id)',
  'tenant_master (status, tenant_id)',
  'tenant_plan_binding (period_end, period_start, plan_code, proration_factor, status, tenant_id)',
  'usage_snapshot_daily (cap_value, last_updated_at, metric_code, metric_value, tenant_id, usage_date, utilization)',
];

export const tablesRead = (costs: CostNames = CostNames.parse({})): string[] =>
  TABLES.map((one) => readsInTheirNames(one, costs));
