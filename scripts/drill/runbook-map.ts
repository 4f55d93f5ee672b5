/** Where in a run's record a line of the runbook for people shows. All that is named must be in one run. */
export interface Covered {
  readonly playbook: string;
  /** It was started by this alarm. */
  readonly alarm?: string;
  /** This probe's answers are kept. */
  readonly probe?: string;
  /** It took this row of the decision table. */
  readonly branch?: string;
  /** It carried this action out. */
  readonly action?: string;
}

const of =
  (playbook: string) =>
  (covered: Omit<Covered, 'playbook'>): Covered => ({ playbook, ...covered });
const [costs, allocation, budgets, recon, tags, invoices, payments, quotas, runners] = [
  of('cur-freshness'),
  of('allocation-variance'),
  of('budget-stale'),
  of('recon-failed'),
  of('tag-coverage-drop'),
  of('invoice-lag'),
  of('payment-mismatch'),
  of('quota-reached'),
  of('runner-backlog'),
];

/** By the line's beginning, by section: every symptom, diagnostic step and resolution of the runbook. */
export const runbookMap: Readonly<Record<number, Readonly<Record<string, readonly Covered[]>>>> = {
  1: {
    'CloudWatch alarm `cur-freshness`': [costs({ alarm: 'cur-freshness' })],
    '`fact_cost_raw` partition missing': [
      costs({ branch: 'not-delivered' }),
      costs({ branch: 'not-loaded' }),
    ],
    'Glue job duration > 30 minutes': [costs({ branch: 'hung' }), costs({ branch: 'permission-missing' })],
    'Confirm S3 partition presence': [costs({ probe: 'cur-delivery' })],
    'Run Athena validation': [costs({ probe: 'athena-copy' })],
    'Check CloudWatch logs for ingestion': [costs({ probe: 'ingestion-log' })],
    'If S3 path missing': [costs({ branch: 'not-delivered' })],
    'If Glue job fails': [costs({ branch: 'failed-before', action: 'start-ingestion' })],
    'Validate CUR IAM role': [costs({ probe: 'ingestion-permissions', branch: 'permission-missing' })],
  },
  2: {
    'Alarm `allocation-variance` or': [
      allocation({ alarm: 'allocation-variance' }),
      allocation({ alarm: 'allocation-variance-critical' }),
    ],
    'Variance > 0.5% by service': [allocation({ probe: 'allocation-totals', branch: 'out-of-step' })],
    'Missing cost lines': [allocation({ probe: 'allocation-totals', action: 'run-allocation' })],
    'Identify affected service(s)': [allocation({ probe: 'allocation-totals' })],
    'Compare raw vs allocated': [allocation({ probe: 'allocation-totals' })],
    'Inspect allocation rules': [allocation({ probe: 'allocation-rules', branch: 'rule-changed' })],
    'Rerun allocation pipeline': [allocation({ action: 'run-allocation' })],
    'If tagging gap detected': [allocation({ branch: 'tag-gap', action: 'sync-tags' })],
    'Verify `plan_metric_map`': [allocation({ branch: 'metric-unmapped' })],
    'Escalate to FinOps': [allocation({ branch: 'rerun-in-vain' })],
  },
  3: {
    'Dashboard shows': [budgets({ probe: 'budgets', branch: 'missed' })],
    'CloudWatch alarm `budget-stale`': [budgets({ alarm: 'budget-stale' })],
    '`budget_master.last_refreshed_at` older': [budgets({ probe: 'budgets' })],
    'SELECT budget_id, last_refreshed_at': [budgets({ probe: 'budgets' })],
    'aws logs tail /aws/lambda/budget-refresh': [budgets({ probe: 'budget-log' })],
    'Re-run budget refresh': [budgets({ action: 'run-budget-refresh' })],
    'Verify SNS topics exist': [budgets({ probe: 'budget-topic', branch: 'nobody-hears' })],
  },
  4: {
    'Reconciliation job status `failed`': [recon({ probe: 'recon-summary', branch: 'out-of-date' })],
    '`variance_pct` > 1%': [recon({ alarm: 'recon-failed-critical' })],
    'Invoice issuance blocked': [invoices({ branch: 'not-reconciled' })],
    'SELECT * FROM recon_summary': [recon({ probe: 'recon-summary' })],
    'SELECT * FROM recon_exceptions': [recon({ probe: 'recon-exceptions' })],
    'Validate upstream allocation totals': [
      recon({ probe: 'recon-totals' }),
      recon({ branch: 'allocation-gap', action: 'run-allocation' }),
    ],
    'Manually reconcile differences': [
      recon({ branch: 'no-cause' }),
      recon({ branch: 'reconciled-by-hand' }),
    ],
    'Rerun reconciliation job': [recon({ action: 'run-reconciliation' })],
    'Mark as resolved': [recon({ action: 'mark-reconciled' })],
  },
  5: {
    'Alarm `tag-coverage-drop`': [tags({ alarm: 'tag-coverage-drop' })],
    'Missing `resource_tags_user_tenant_id`': [tags({ probe: 'untagged-resources' })],
    'Quarantined resource pool increase': [tags({ probe: 'quarantine', branch: 'quarantine-grows' })],
    'SELECT COUNT(*) FILTER': [tags({ probe: 'tag-coverage' })],
    'Trigger tagging validation job': [tags({ action: 'run-tag-validator' })],
    'Notify provisioning service': [tags({ action: 'notify-provisioning' })],
    'Update tag enforcement policy': [tags({ branch: 'beyond-inventory' })],
  },
  6: {
    'Alarm `invoice-lag`': [invoices({ alarm: 'invoice-lag' })],
    'Missing invoice in `invoice_header`': [invoices({ probe: 'missing-invoices', branch: 'ready' })],
    'Job `invoice_emitter` failed': [invoices({ probe: 'emitter-runs', branch: 'none-ready' })],
    'Check job logs': [invoices({ probe: 'emitter-log' })],
    'Validate pending invoices': [invoices({ probe: 'missing-invoices' })],
    'Rerun emitter Lambda': [invoices({ action: 'emit-invoice' })],
    'Ensure downstream reconciliation': [invoices({ probe: 'recon-summary' })],
    'If repeated failure': [invoices({ probe: 'usage-completeness', branch: 'none-ready' })],
  },
  7: {
    'Payments not reflected': [payments({ alarm: 'payment-mismatch', probe: 'payment-stories' })],
    'Exception `PAYMENT_MISMATCH`': [payments({ probe: 'payment-log' })],
    'SELECT i.invoice_id, i.status': [payments({ probe: 'payment-stories' })],
    'Manually match transactions': [payments({ branch: 'person' })],
    'If bank webhook missing': [payments({ action: 'redrive-bank-events' })],
    'Correct mismatched totals': [payments({ action: 'settle-invoice' }), payments({ branch: 'person' })],
  },
  8: {
    'Tenants exceeding storage/egress': [quotas({ alarm: 'quota-reached', probe: 'quota-breaches' })],
    'UI shows `quota reached`': [quotas({ probe: 'dashboard-state' })],
    'SELECT tenant_id, metric_code': [quotas({ probe: 'quota-breaches' })],
    'Notify tenant for plan upgrade': [quotas({ action: 'tell-tenant' })],
    'Apply top-up automatically': [quotas({ branch: 'top-up', action: 'top-up' })],
    'Confirm dashboard refresh': [quotas({ action: 'refresh-dashboards', probe: 'dashboard-state' })],
  },
  9: {
    'Runner job queue backlog': [runners({ alarm: 'runner-backlog', probe: 'runner-queue' })],
    'Lambda logs show `ThrottlingException`': [runners({ probe: 'runner-throttling', branch: 'throttled' })],
    'aws cloudwatch get-metric-statistics': [runners({ probe: 'runner-cpu' })],
    'Scale up EC2 runner ASG': [runners({ action: 'scale-runners' })],
    'Validate NAT Gateway': [runners({ probe: 'nat-port-errors', branch: 'nat-bound' })],
    'Schedule background jobs': [runners({ branch: 'no-headroom' })],
  },
  10: {
    'aws lambda update-function-configuration --function-name cur_ingestion': [
      of('restart-functions')({ action: 'restart-function' }),
    ],
    'aws lambda update-function-configuration --function-name allocation_runner': [
      of('restart-functions')({ action: 'restart-function' }),
    ],
    'aws lambda invoke --function-name dashboard_refresher': [
      of('refresh-dashboards')({ action: 'refresh-dashboards' }),
    ],
    'aws logs tail /aws/lambda/audit-event-writer': [of('audit-events')({ probe: 'audit-log' })],
  },
};
