import { periodOf, periodStart, shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import { reconcile } from '../commercial-ops/jobs/reconciliation.ts';
import type { Sandbox } from '../sandbox.ts';
import { askFor, hoursAgo, type ExpectedRun } from './fault.ts';

/** The month that is running, and the one before it, of which everything is reported but no invoice is issued. */
export const running = ({ clock }: Sandbox): string => periodOf(clock.now());
export const over = (sandbox: Sandbox): string => shiftPeriod(running(sandbox), -1);

/** Administrator's SQL in which `{period}` is the first day of a month: `'2026-11-01'::date`. */
export async function change({ pool }: Sandbox, period: string, ...statements: string[]): Promise<void> {
  for (const sql of statements) await pool.query(inMonth(sql, period));
}

const inMonth = (sql: string, period: string): string =>
  sql.replaceAll('{period}', `'${periodStart(period)}'::date`);

/** A `bill_billing_period_start_date`. */
export const BILLED = `bill_billing_period_start_date = {period}::timestamp at time zone 'UTC'`;

/** What is allocated of a service is no longer what it cost. */
export const spoil = (share: number, service = 'AmazonEC2'): string =>
  `update fact_cost_allocated set allocated_cost_usd = allocated_cost_usd * ${share}
   where period_start = {period} and service = '${service}'`;

/** 0.7 %: over the tolerance, and below what is critical, so that one alarm fires. */
export const SLIGHTLY = 0.993;
/** 4 %: both alarms fire. */
export const BADLY = 0.96;

/**
 * A job of somebody else's that ends once a live run has been opened, after its first guards and before it looks: what the run
 * was called for has changed. `sql` is a statement.
 */
export async function meanwhile({ pool }: Sandbox, period: string, sql: string): Promise<void> {
  await pool.query(
    inMonth(
      `create function public.meanwhile() returns trigger language plpgsql security definer as $$
     begin
       insert into job_run (run_id, job, period, status, started_at, finished_at)
       values ('somebody-elses', 'month_end', to_char({period}, 'YYYY-MM'), 'completed', new.opened_at, new.opened_at)
       on conflict do nothing;
       if found then ${sql}; end if;
       return null;
     end $$`,
      period,
    ),
  );
  await pool.query(
    `create trigger meanwhile after insert on responder.run for each row when (new.mode = 'live')
     execute function public.meanwhile()`,
  );
}

/** Somebody calls for a run on a month. */
export const ask = async (sandbox: Sandbox, playbook: string, period: string): Promise<void> =>
  askFor(sandbox, playbook, { period });

/** A run of a job that the responder ordered half an hour ago: since then nothing that it works on has changed. */
export async function orderedBefore(sandbox: Sandbox, job: string, period: string): Promise<void> {
  await sandbox.pool.query(
    `insert into job_run (run_id, job, period, fence, status, started_at, finished_at, result)
     values ('ordered-before-1', $1, $2, 1, 'completed', $3, $3, '{}')`,
    [job, period, hoursAgo(sandbox, 0.5).toISOString()],
  );
}

/** The reconciliation that ran before the fault, by the job itself. */
export async function reconciled(sandbox: Sandbox, period: string): Promise<void> {
  const order = { runId: `nightly-recon-${period}`, period };
  await reconcile(sandbox.pool, order, () => hoursAgo(sandbox, 1));
}

/** A reconciliation on record warns of 0.7 %: one alarm fires. */
export const WARNS = `
  update recon_summary set status = 'warning', variance_pct = 0.7
  where period_start = {period} and (service is null or service = 'AmazonEC2')`;

/** Its totals are not today's. */
export const OUTDATED = `
  update recon_summary set aws_total_usd = aws_total_usd * 1.007, variance_usd = -aws_total_usd * 0.007
  where period_start = {period} and (service is null or service = 'AmazonEC2')`;

export const expect = (
  playbook: string,
  outcome: ExpectedRun['outcome'],
  branch: string | null,
  why?: RegExp,
): ExpectedRun => ({ playbook, outcome, branch, ...(why && { why }) });

const MINUTE_MS = 60_000;
/** The metrics are measured every five minutes, and the variance's alarms want three of them. */
const MEASURED_MS = 5 * MINUTE_MS;

/** Happens between the second measurement from now and the third: alarms that want one fire beside those that want three. */
export function beforeTheThird({ clock }: Sandbox, action: () => Promise<void>): void {
  const next = Math.ceil(clock.now().getTime() / MEASURED_MS) * MEASURED_MS;
  clock.at('fault.before-the-third', new Date(next + MEASURED_MS + 2 * MINUTE_MS), action);
}
