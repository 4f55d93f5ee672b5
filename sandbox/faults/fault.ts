import type { Outcome } from '../../lambdas/domain/outcome.ts';
import { periodOf } from '../../lambdas/domain/billing-period.ts';
import type { Sandbox } from '../sandbox.ts';
import type { LimitsInput } from '../settings-here.ts';

/** A run that a fault must start, and how it must end. */
export interface ExpectedRun {
  readonly playbook: string;
  readonly outcome: Outcome;
  /** The row of the playbook's decision table; null: it was refused, or failed, before anything was decided. */
  readonly branch: string | null;
  /** What a person asks it for, where that is not what the playbook would take it to be about. */
  readonly target?: Readonly<Record<string, string>>;
  /** The reason that people read. */
  readonly why?: RegExp;
}

/** A way in which the world can be wrong (or only look so), and what the responder must make of it. */
export interface Fault {
  /** kebab-case, unique: `npm start -- --fault <name>`, `npm run drill -- <name>`. */
  readonly name: string;
  /** One sentence for people. */
  readonly about: string;
  /**
   * `fault`: one thing is broken. `control`: the right answer is to do nothing. `compound`: several things are, at once.
   * `poisoned`: the data themselves are absurd. `platform`: what the responder itself stands on is broken.
   */
  readonly kind: 'fault' | 'control' | 'compound' | 'poisoned' | 'platform';
  /** Every run that must start, oldest first, and no other; none: no run may start. */
  readonly runs: readonly ExpectedRun[];
  /**
   * Every change to Commercial-Ops that the responder must make, in order, and no other: `glue:StartJobRun`,
   * `lambda:Invoke allocation_runner`, `sns:Publish tenant-notices`, `sqs:StartMessageMoveTask`, `ledger:settle-invoice`.
   */
  readonly actions: readonly string[];
  /** The business metric that shows it, of `lambdas/signals`; measured before and after. */
  readonly metric: string;
  /** The sandbox's minutes that it may take; by default 150, and 30 where nothing may happen. */
  readonly minutes?: number;
  /** Where the sandbox's own limits would not bite. */
  readonly limits?: LimitsInput;
  /** Breaks a healthy world. Called once the signals have been measured there. */
  inject(sandbox: Sandbox): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** The run of `cur-freshness` that has loaded the period, and proved it. */
export const loaded = (branch: string): ExpectedRun => ({
  playbook: 'cur-freshness',
  outcome: 'resolved',
  branch,
  why: /^Athena 1\.\d\d d, ledger 1\.\d\d d \(limit 2 d\); alarm cur-freshness is OK$/,
});

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

/** Somebody sets the alarm by hand, whatever its metric says; in a minute, once a drill has begun to take its notes. */
export async function setByHand(sandbox: Sandbox, alarm: string): Promise<void> {
  const { clock, services } = sandbox;
  clock.at('fault.set-by-hand', hoursAgo(sandbox, -1 / 60), () =>
    services.cloudwatch.setAlarmState({
      AlarmName: alarm,
      StateValue: 'ALARM',
      StateReason: 'set by hand, to see what happens',
    }),
  );
}

/**
 * A minute later somebody asks the dispatcher for a run: once it is certain that nothing of the world is still being
 * prepared.
 */
export function askFor(
  { clock, services: { lambda } }: Sandbox,
  playbook: string,
  target: Readonly<Record<string, string>> = {},
): void {
  clock.at('fault.by-hand', new Date(clock.now().getTime() + 60_000), async () => {
    const { functionError, payload } = await lambda.invoke({
      function: 'responder-dispatcher',
      type: 'RequestResponse',
      payload: { run: playbook, target, mode: 'live', by: 'the drill', reason: 'to see what happens' },
    });
    if (functionError || !/"started":true/.test(payload ?? '')) {
      throw new Error(`the dispatcher started no run of ${playbook}: ${payload ?? 'no answer'}`);
    }
  });
}
