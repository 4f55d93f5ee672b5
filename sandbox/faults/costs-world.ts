import { periodOf } from '../../lambdas/domain/billing-period.ts';
import type { Sandbox } from '../sandbox.ts';
import { runsOf, type ExpectedRun, type Step } from './fault.ts';
import { hoursAgo } from './steps.ts';

/** The run of `cur-freshness` that has loaded the period, and proved it. */
export const loaded = (branch: string): ExpectedRun =>
  runsOf('cur-freshness').resolved(
    branch,
    /^Athena 1\.\d+ days, ledger 1\.\d+ days \(limit 2 days\); alarm cur-freshness is OK$/,
  );

/** How old the stale costs are: over the limit of 2 days, and over the critical 4. */
export const STALE_HOURS = 103;
/** AWS delivers usage this long after it ended. */
const DELIVERY_LAG_HOURS = 30;

/** The month whose partition must hold the newest usage: two days back, as the playbook reckons. */
export const periodAtStake = (sandbox: Sandbox): string => periodOf(hoursAgo(sandbox, 48));

/** One load for each month that the stale costs are missing from, as far as AWS has delivered it. */
export function loadsIn(sandbox: Sandbox): readonly string[] {
  const { delivery } = sandbox.services.commercialOps;
  const months = new Set([periodOf(hoursAgo(sandbox, STALE_HOURS)), periodOf(sandbox.clock.now())]);
  return [...months].filter((month) => delivery.exists(month)).map(() => 'glue:StartJobRun');
}

/** The report was delivered, but not ingested: both copies, or one, end days ago. */
export async function makeStale(sandbox: Sandbox, copies?: readonly ('athena' | 'ledger')[]): Promise<void> {
  const { commercialOps, glue, estate } = sandbox.services;
  await commercialOps.setIngested(hoursAgo(sandbox, STALE_HOURS), copies);
  if (copies) return;
  // The nights since then were missed: the last run that Glue knows of loaded what AWS had delivered by then.
  const { job } = estate.ingestion;
  await glue.runs.forgetSince(job, hoursAgo(sandbox, STALE_HOURS));
  await glue.runs.recordPast({
    job,
    arguments: { '--period': periodAtStake(sandbox), '--run_id': 'the-last-night-that-ran' },
    state: 'SUCCEEDED',
    startedAt: hoursAgo(sandbox, STALE_HOURS - DELIVERY_LAG_HOURS).toISOString(),
    completedAt: hoursAgo(sandbox, STALE_HOURS - DELIVERY_LAG_HOURS - 0.1).toISOString(),
  });
}

/** A run of the ingestion job failed ten hours ago. */
export const pastRun =
  (error: string): Step =>
  async (sandbox) => {
    const { glue, estate, logs } = sandbox.services;
    const { job, logGroup } = estate.ingestion;
    const startedAt = hoursAgo(sandbox, 10);
    await glue.runs.recordPast({
      job,
      arguments: {
        '--period': periodAtStake(sandbox),
        '--run_id': `nightly-${startedAt.toISOString().slice(0, 10)}`,
      },
      state: 'FAILED',
      error,
      startedAt: startedAt.toISOString(),
      completedAt: new Date(startedAt.getTime() + 120_000).toISOString(),
    });
    logs.append(logGroup, 'nightly', `ERROR ${job} ${error}`, hoursAgo(sandbox, 0.5));
  };

/** A run of the ingestion job that began `minutes` ago and will take `more` minutes. */
export const runningRun =
  (minutes: number, more: number, period?: string): Step =>
  (sandbox) => {
    const { glue, estate } = sandbox.services;
    return glue.runs.recordRunning(glue.job(estate.ingestion.job), {
      startedAt: hoursAgo(sandbox, minutes / 60),
      dueAt: hoursAgo(sandbox, -more / 60),
      arguments: { '--period': period ?? periodAtStake(sandbox), '--run_id': 'started-by-somebody-else' },
    });
  };
