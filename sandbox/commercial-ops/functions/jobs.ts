import type { JobNeeds } from './job-function.ts';
import * as z from 'zod';
import type { Pool } from 'pg';
import type { NativeSpec } from '../../../emulator/lambda/functions.ts';
import { runAllocation } from '../jobs/allocation.ts';
import { refreshBudgets } from '../jobs/budget-refresh.ts';
import { parts } from '../parts/all.ts';
import { emitInvoice } from '../jobs/invoice-emitter.ts';
import type { JobName, JobOrder, JobResult } from '../jobs/job-run.ts';
import { reconcile } from '../jobs/reconciliation.ts';
import { syncTags } from '../jobs/tag-sync.ts';
import { validateTags } from '../jobs/tag-validator.ts';
import { jobFunction } from './job-function.ts';
import { JobPayload } from './job-payload.ts';

type Plain = (pool: Pool, order: JobOrder, now: () => Date) => Promise<JobResult<object>>;

/** A job that takes nothing but what all take. */
const plain = (
  needs: JobNeeds,
  job: JobName,
  name: string,
  run: Plain,
  environment: Record<string, string> = {},
) =>
  jobFunction(needs, {
    job,
    name,
    environment,
    payload: JobPayload,
    run: ({ pool, now }, order) => run(pool, order, now),
  });

/** Every job that works on the ledger alone, as a function. */
export function jobFunctions(needs: JobNeeds): NativeSpec[] {
  const { jobs, logGroups } = needs.estate;
  return [
    jobFunction(needs, {
      job: 'allocation_runner',
      name: jobs.allocation,
      environment: { MONEY_DIGITS: '6' },
      payload: JobPayload.extend({ rule_version: z.int().min(1).optional() }),
      run: ({ pool, now }, order, { rule_version: ruleVersion }) =>
        runAllocation(pool, { ...order, ruleVersion }, now),
    }),
    plain(needs, 'tag_sync', jobs.tagSync, syncTags),
    plain(needs, 'tag_validator', jobs.tagValidator, validateTags),
    jobFunction(needs, {
      job: 'budget_refresh_prod',
      name: jobs.budgetRefresh,
      logGroup: logGroups.budgetRefresh,
      environment: { ALERTS_TOPIC: needs.estate.notices.budgets },
      payload: JobPayload,
      run: ({ pool, now }, order) => refreshBudgets(pool, order, now),
      warnings: ({ skipped }) =>
        skipped.map((budget) => `skipped budget ${budget}: its scope no longer exists; it stays as it was`),
    }),
    plain(needs, 'recon_runner', jobs.reconciliation, reconcile, { TOLERANCE_PCT: '0.5' }),
    jobFunction(needs, {
      job: 'invoice_emitter',
      name: jobs.invoiceEmitter,
      logGroup: logGroups.invoiceEmitter,
      environment: { CURRENCY: 'USD' },
      otherwise: 'closed',
      payload: JobPayload.extend({ tenant_id: z.string().min(1, 'wanted e.g. TEN-00123') }),
      tenant: ({ tenant_id }) => tenant_id,
      run: ({ pool, now }, order, { tenant_id: tenantId }) => emitInvoice(pool, { ...order, tenantId }, now),
    }),
    ...parts.flatMap((part) => part.functions(needs)),
  ];
}
