// Every business metric, a line each.
export { freshness } from './freshness.ts';
export { allocationVariance } from './allocation-variance.ts';
export { budgetAge } from './budget-age.ts';
export { reconciliationVariance } from './reconciliation-variance.ts';
export { tagCoverage } from './tag-coverage.ts';
export { invoiceLag } from './invoice-lag.ts';
export { quotaBreaches } from './quota-breaches.ts';
export { paymentMismatch } from './payment-mismatch.ts';
export { runnerQueueDepth } from './runner-queue.ts';
export { oldestRun } from './oldest-run.ts';
