import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Alarm } from '../../lambdas/domain/alarm.ts';
import type { Act } from '../../lambdas/domain/decision.ts';
import { known } from '../../lambdas/domain/known.ts';
import { judge } from '../../lambdas/engine/guards/judge.ts';
import { lock } from '../../lambdas/engine/guards/lock.ts';
import type { RunRequest } from '../../lambdas/domain/run-request.ts';
import type { LockSet } from '../../lambdas/record/locks.ts';
import type { RunEnding, RunOpening } from '../../lambdas/domain/run-record.ts';
import { claimAndIntend, type Claim, type Intent } from '../../lambdas/record/claim.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { act } from './decisions.ts';
import { alarmCause, facts } from './facts.ts';

/** Runs as the engine writes them, on any playbook, target and locks, for tests of the record. */

export const alarm: Alarm = alarmCause.alarm;
export const decision = act('stale', [{ action: 'start-ingestion', params: { period: '2026-11' } }]) as Act;

/** Minutes after 14:00 of a Monday in November. */
export const minute = (n: number): string => new Date(Date.UTC(2026, 10, 23, 14) + n * 60_000).toISOString();

export const opening = (run: string, at = 0, change: Partial<RunRequest> = {}): RunOpening => ({
  request: { run, playbook: 'cur-freshness', cause: { kind: 'alarm', alarm }, mode: 'live', ...change },
  target: change.target ?? { period: '2026-11' },
  severity: 'SEV-3',
  executionArn: `arn:${run}`,
  openedAt: minute(at),
});

export const TARGET_LOCK: LockSet = { writes: ['run/cur-freshness/period=2026-11'], reads: [] };

/** The plan of a run, claimed a minute after everything was looked at. */
export const intent = (of: RunOpening, at: string, change: Partial<Intent> = {}): Intent => ({
  playbook: of.request.playbook,
  target: of.target,
  decision,
  tell: 'start',
  finding: { a: 1 },
  lookedAt: new Date(Date.parse(at) - 30_000).toISOString(),
  evidence: [],
  executionArn: of.executionArn,
  at,
  locks: TARGET_LOCK,
  leasedUntil: new Date(Date.parse(at) + 7_200_000).toISOString(),
  changes: true,
  effect: { rows: 1, usd: '0', tenants: [] },
  ...change,
});

/** Claims by the locks alone: what else stands against a plan is the other guards' business. */
export const claim = (pool: Pool, run: string, intended: Intent): Promise<Claim> =>
  claimAndIntend(pool, run, intended, ({ conflicts, changedBy }) =>
    judge(
      'before-acting',
      facts({ now: new Date(intended.at), conflicts: known(conflicts), changedBy: known(changedBy) }),
      [lock],
    ),
  );

export const ending = (
  outcome: RunEnding['outcome'],
  endedAt: string,
  change: Partial<RunEnding> = {},
): RunEnding => ({
  outcome,
  why: 'because',
  endedAt,
  decision,
  breaker: { after: 3, initialTrust: 'auto' },
  steps: [],
  guards: [],
  operations: 12,
  ledgerWrites: 3,
  ...change,
});

export interface PastRun {
  readonly playbook?: string;
  readonly target?: Readonly<Record<string, string>>;
  readonly mode?: RunRequest['mode'];
  /** Minutes; an end of `undefined` leaves it at work. */
  readonly claimedAt: number;
  readonly endedAt?: number;
  readonly outcome?: RunEnding['outcome'];
  readonly changes?: boolean;
}

/** A run that was opened, claimed a lock of its own, and ended as told: through the product's own statements. */
export async function pastRun(
  pool: Pool,
  { playbook = 'cur-freshness', target = { period: '2026-11' }, ...past }: PastRun,
): Promise<RunOpening> {
  const run = `r-${randomUUID().slice(0, 8)}`;
  const opened = opening(run, past.claimedAt - 1, { playbook, target, mode: past.mode ?? 'live' });
  await openRun(pool, opened);
  if (past.mode !== 'dry-run') {
    const locks = { writes: [`test/${run}`], reads: [] };
    const at = minute(past.claimedAt);
    await claim(pool, run, intent(opened, at, { locks, changes: past.changes ?? true }));
  }
  if (past.endedAt !== undefined)
    await endRun(pool, opened, ending(past.outcome ?? 'resolved', minute(past.endedAt)), []);
  return opened;
}
