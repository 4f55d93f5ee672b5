// Every playbook. A new one needs only its line here.
export { curFreshness } from './cur-freshness.ts';
export { allocationVariance } from './allocation-variance.ts';
export { budgetStale } from './budget-stale.ts';
export { reconFailed } from './recon-failed.ts';
export { tagCoverageDrop } from './tag-coverage-drop.ts';
export { invoiceLag } from './invoice-lag.ts';
export { paymentMismatch } from './payment-mismatch.ts';
export { quotaReached } from './quota-reached.ts';
export { runnerBacklog } from './runner-backlog.ts';
export { restartFunctions } from './restart-functions.ts';
export { refreshDashboards } from './refresh-dashboards.ts';
export { auditEvents } from './audit-events.ts';
export { signalsMissing } from './signals-missing.ts';
