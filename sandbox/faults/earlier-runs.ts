import type { Outcome } from '../../lambdas/domain/outcome.ts';
import type { Sandbox } from '../sandbox.ts';
import { periodAtStake } from './costs-world.ts';
import type { Step } from './fault.ts';
import { hoursAgo } from './steps.ts';

/** A run of days before the fault: it has carried out a plan, and ended. */
export interface EarlierRun {
  readonly playbook?: string;
  /** Of the playbook's target; by default the month at stake. */
  readonly period?: (sandbox: Sandbox) => string;
  readonly minutesAgo: number;
  readonly outcome?: Outcome;
}

const RUN = `
insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at, claimed_at,
                           ended_at, outcome, why)
values ($1, 'INC-' || $1, $2, 'period=' || $3, json_build_object('period', $3::text), 'live', '{}', $4, $4,
        $4::timestamptz + interval '5 minutes', $5, 'an earlier day')`;

const INCIDENT = `
insert into responder.incident (incident_id, playbook, target_key, target, severity, opened_at, opened_by_run,
                                closed_at)
select incident_id, playbook, target_key, target, 'SEV-3', opened_at, run_id, ended_at
from responder.run where run_id = $1`;

const EPISODE = `
insert into responder.episode (incident_id, episode, opened_at, opened_by_run, severity, severity_since,
                               severity_cause, closed_at, closed_by_run)
select incident_id, 1, opened_at, opened_by_run, severity, opened_at, 'opening', closed_at, opened_by_run
from responder.incident where opened_by_run = $1`;

/** Puts them on record: what helped has closed its incident, what did not has left none behind. */
export const ranBefore =
  (...runs: readonly EarlierRun[]): Step =>
  async (sandbox) => {
    for (const [i, earlier] of runs.entries()) {
      const {
        playbook = 'cur-freshness',
        period = periodAtStake,
        minutesAgo,
        outcome = 'resolved',
      } = earlier;
      const run = `earlier-${i + 1}-of-${playbook}`;
      const at = hoursAgo(sandbox, minutesAgo / 60);
      await sandbox.pool.query(RUN, [run, playbook, period(sandbox), at, outcome]);
      if (outcome !== 'resolved') continue;
      await sandbox.pool.query(INCIDENT, [run]);
      await sandbox.pool.query(EPISODE, [run]);
    }
  };

const AT_WORK = `
insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at)
values ($1, 'INC-' || $1, $2, 'period=' || $3, json_build_object('period', $3::text), 'live', '{}', $4)`;

/** Another run is at work, and its lease has hours to go. */
export async function isAtWork(
  sandbox: Sandbox,
  run: { id: string; playbook: string; period: string },
  lock: { resource: string; mode: 'read' | 'write' },
): Promise<void> {
  await sandbox.pool.query(AT_WORK, [run.id, run.playbook, run.period, hoursAgo(sandbox, 0.1)]);
  await sandbox.pool.query(
    `insert into responder.lock (resource, mode, run_id, fence, leased_until) values ($1, $2, $3, 0, $4)`,
    [lock.resource, lock.mode, run.id, hoursAgo(sandbox, -6)],
  );
}
