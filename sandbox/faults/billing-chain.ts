import { periodOf, periodStart, shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import { reconcile } from '../commercial-ops/jobs/reconciliation.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Step } from './fault.ts';
import { ago, given, hoursAgo, sql, type Given } from './steps.ts';

/** A month, as `2026-11`. */
type Month = Given<string>;

/** The month that is running, and the one before it, of which everything is reported but no invoice is issued. */
export const running = ({ clock }: Sandbox): string => periodOf(clock.now());
export const over = (sandbox: Sandbox): string => shiftPeriod(running(sandbox), -1);

/** Administrator's SQL in which `{period}` is the first day of a month: `'2026-11-01'::date`. */
export const change =
  (month: Month, ...statements: readonly string[]) =>
  async (sandbox: Sandbox): Promise<void> => {
    const period = await given(sandbox, month);
    for (const statement of statements) await sandbox.pool.query(inMonth(statement, period));
  };

const inMonth = (statement: string, period: string): string =>
  statement.replaceAll('{period}', `'${periodStart(period)}'::date`);

/** A `bill_billing_period_start_date`. */
export const BILLED = `bill_billing_period_start_date = {period}::timestamp at time zone 'UTC'`;

/** AWS has delivered what the ledger says of the month by now: Athena's copy says the same. */
export const asDelivered =
  (month: Month): Step =>
  async (sandbox) =>
    sandbox.services.commercialOps.copyToAthena(await given(sandbox, month));

/** Cost lines lose their tags. */
export const UNTAGGED = `
  update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null
  where ${BILLED}`;
/** Every cost line says zero. */
export const FREE = `update fact_cost_raw set line_item_unblended_cost = 0 where ${BILLED}`;

/** What is allocated of a service is no longer what it cost. */
export const spoil = (share: number): string =>
  `update fact_cost_allocated set allocated_cost_usd = allocated_cost_usd * ${share}
   where period_start = {period} and service = 'AmazonEC2'`;

/** 0.7 %: over the tolerance, and below what is critical, so that one alarm fires. */
export const SLIGHTLY = 0.993;
/** 4 %: both alarms fire. */
export const BADLY = 0.96;

/**
 * A job of somebody else's that ends once a live run has been opened, after its first guards and before its probes: what the
 * run was called for has changed.
 */
export const meanwhile =
  (month: Month, statement: string): Step =>
  (sandbox) =>
    change(
      month,
      `create function public.meanwhile() returns trigger language plpgsql security definer as $$
     begin
       insert into job_run (run_id, job, period, status, started_at, finished_at)
       values ('somebody-elses', 'month_end', to_char({period}, 'YYYY-MM'), 'completed', new.opened_at, new.opened_at)
       on conflict do nothing;
       if found then ${statement}; end if;
       return null;
     end $$`,
      `create trigger meanwhile after insert on responder.run for each row when (new.mode = 'live')
     execute function public.meanwhile()`,
    )(sandbox);

/** A run of a job that the responder ordered half an hour ago: since then nothing that it works on has changed. */
export const orderedBefore = (
  job: 'allocation' | 'reconciliation',
  month: (sandbox: Sandbox) => string,
): Step =>
  sql(
    `insert into job_run (run_id, job, period, fence, status, started_at, finished_at, result)
     values ('ordered-before-1', $1, $2, 1, 'completed', $3, $3, '{}')`,
    ({ services }) => services.estate.jobs[job],
    month,
    ago(0.5),
  );

/** The reconciliation that ran before the fault, by the job itself. */
export const reconciled =
  (month: (sandbox: Sandbox) => string): Step =>
  async (sandbox) => {
    const period = month(sandbox);
    const order = { runId: `nightly-recon-${period}`, period };
    await reconcile(sandbox.pool, order, () => hoursAgo(sandbox, 1));
  };

/** A reconciliation on record warns of 0.7 %: one alarm fires. */
export const WARNS = `
  update recon_summary set status = 'warning', variance_pct = 0.7
  where period_start = {period} and (service is null or service = 'AmazonEC2')`;

/** It failed: the critical alarm fires. */
export const FAILED = `update recon_summary set status = 'failed' where period_start = {period} and service is null`;

/** Its totals are not today's. */
export const OUTDATED = `
  update recon_summary set aws_total_usd = aws_total_usd * 1.007, variance_usd = -aws_total_usd * 0.007
  where period_start = {period} and (service is null or service = 'AmazonEC2')`;

/** The rules of one category are gone. */
export const NO_EBS_RULE = `delete from rule_version_map where category = 'EBS'`;

const MINUTE_MS = 60_000;
/** The metrics are measured every five minutes, and the variance's alarms want three of them. */
const MEASURED_MS = 5 * MINUTE_MS;

/** Happens between the second measurement from now and the third: alarms that want one fire with those that want three. */
export const beforeTheThird =
  (...steps: readonly Step[]): Step =>
  (sandbox) => {
    const next = Math.ceil(sandbox.clock.now().getTime() / MEASURED_MS) * MEASURED_MS;
    sandbox.clock.at('fault.before-the-third', new Date(next + MEASURED_MS + 2 * MINUTE_MS), async () => {
      for (const step of steps) await step(sandbox);
    });
  };
