import type { Outcome } from '../../../lambdas/record/model.ts';
import { periodOf } from '../../../lambdas/period.ts';
import type { Sandbox } from '../sandbox.ts';

/** A way in which the world can be wrong (or only look so), and what the responder must make of it. */
export interface Fault {
  /** kebab-case: `npm start -- --fault <name>`. */
  readonly name: string;
  /** One sentence for people. */
  readonly about: string;
  /** The alarm that it raises; null: none may be raised. */
  readonly alarm: string | null;
  /** How the run must end; null: no run may start. */
  readonly outcome: Outcome | null;
  /** Every changing call to Commercial-Ops that the responder must make, and no other. */
  readonly actions: readonly string[];
  /** Breaks a healthy world. Called once the signals have been measured there. */
  inject(sandbox: Sandbox): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** How old the stale costs are: over the limit of 2 days, and over the critical 4. */
const STALE_HOURS = 103;
/** AWS delivers usage this long after it ended. */
const DELIVERY_LAG_HOURS = 30;

export const hoursAgo = (sandbox: Sandbox, hours: number): Date =>
  new Date(sandbox.clock.now().getTime() - hours * HOUR_MS);

/** The month whose partition must hold the newest usage: two days back, as the playbook reckons. */
export const periodAtStake = (sandbox: Sandbox): string => periodOf(hoursAgo(sandbox, 48));

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

/** A run of the ingestion job that ended some time ago. */
export async function pastRun(sandbox: Sandbox, error: string, hours = 10): Promise<void> {
  const { glue, estate, logs } = sandbox.services;
  const startedAt = hoursAgo(sandbox, hours);
  await glue.runs.recordPast({
    job: estate.ingestion.job,
    arguments: {
      '--period': periodAtStake(sandbox),
      '--run_id': `nightly-${startedAt.toISOString().slice(0, 10)}`,
    },
    state: 'FAILED',
    error,
    startedAt: startedAt.toISOString(),
    completedAt: new Date(startedAt.getTime() + 120_000).toISOString(),
  });
  logs.append(
    estate.ingestion.logGroup,
    'nightly',
    `ERROR ${estate.ingestion.job} ${error}`,
    hoursAgo(sandbox, 0.5),
  );
}

/** A run of the ingestion job that began `minutes` ago and will take `more` minutes. */
export async function runningRun(sandbox: Sandbox, minutes: number, more: number): Promise<void> {
  const { glue, estate } = sandbox.services;
  await glue.runs.recordRunning(glue.job(estate.ingestion.job), {
    startedAt: hoursAgo(sandbox, minutes / 60),
    dueAt: hoursAgo(sandbox, -more / 60),
    arguments: { '--period': periodAtStake(sandbox), '--run_id': 'started-by-somebody-else' },
  });
}
