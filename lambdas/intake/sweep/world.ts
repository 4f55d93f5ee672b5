import { isNamed } from '../../platform/error-cause.ts';
import type { CloudWatch } from '@aws-sdk/client-cloudwatch';
import type { Lambda } from '@aws-sdk/client-lambda';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import type { Alarm } from '../../domain/alarm.ts';
import { playbookOfAlarm, playbooks } from '../../catalog/playbooks/registry.ts';
import type { Settings } from '../../platform/settings.ts';
import type { RecordedRun, SweepWorld } from './sweep.ts';

/** The playbooks' alarms that stand in ALARM. */
export async function standingAlarms(
  cloudwatch: CloudWatch,
  { account, region }: Settings,
): Promise<SweepWorld['standing']> {
  const names = playbooks.flatMap(({ alarms }) => alarms.map(({ name }) => name));
  // DescribeAlarms takes 100 names; the contract test keeps the registry below.
  const { MetricAlarms = [] } = await cloudwatch.describeAlarms({ AlarmNames: names, StateValue: 'ALARM' });
  const muted = new Set<string>();
  for (const { AlarmName = '' } of MetricAlarms) {
    const { AlarmMuteRuleSummaries = [] } = await cloudwatch.listAlarmMuteRules({
      AlarmName,
      Statuses: ['ACTIVE'],
    });
    if (AlarmMuteRuleSummaries.length > 0) muted.add(AlarmName);
  }
  return MetricAlarms.flatMap((described) => {
    const playbook = playbookOfAlarm(described.AlarmName ?? '');
    const changed = described.StateTransitionedTimestamp ?? described.StateUpdatedTimestamp;
    if (!playbook || !described.AlarmName || !changed) return [];
    const alarm: Alarm = {
      name: described.AlarmName,
      ...(described.AlarmArn && { arn: described.AlarmArn }),
      account,
      region,
      kind: 'metric',
      state: 'ALARM',
      changedAt: changed.toISOString(),
      reason: described.StateReason ?? '',
      // Somebody has switched its actions off, and does not want it acted on.
      ...(described.ActionsEnabled === false && { suppressedBy: 'a person (its actions are disabled)' }),
      ...(muted.has(described.AlarmName) && { suppressedBy: 'a mute rule' }),
    };
    return [{ alarm, playbook: playbook.id }];
  });
}

const RUNS = `
select run_id as run, run.playbook, alarm, execution_arn as "executionArn", run.opened_at as "openedAt",
       ended_at as "endedAt", outcome, fence is not null as acted, joined_run as "joinedRun", look_again_at as "lookAgainAt",
       waits_for as incident, incident.closed_at as "closedAt"
from responder.run
left join responder.incident on incident.incident_id = waits_for
where mode = 'live' and (ended_at is null or run.opened_at >= $1)`;

/** Live runs at work, and all live ones since `since`. */
export async function recordedRuns(pool: Ledger, since: Date): Promise<RecordedRun[]> {
  type Row = Omit<RecordedRun, 'waitsFor'> & { incident: string | null; closedAt: Date | null };
  const { rows } = await pool.query<Row>(RUNS, [since.toISOString()]);
  return rows.map(({ incident, closedAt, ...run }) => ({
    ...run,
    waitsFor: incident === null ? null : { incident, closedAt },
  }));
}

const SWITCHES = `select scope, paused, since, by, reason from responder.switch`;
const STANDING = `select playbook, breaker_since as open, breaker_why as why, reset_at as reset from responder.standing`;

/** What people have ordered, of everything and of each playbook. */
export async function standingOrders(pool: Ledger): Promise<SweepWorld['ordersOf']> {
  type Switch = { scope: string; paused: boolean; since: Date; by: string; reason: string };
  type Breaker = { playbook: string; open: Date | null; why: string | null; reset: Date | null };
  const { rows: switches } = await pool.query<Switch>(SWITCHES);
  const { rows: breakers } = await pool.query<Breaker>(STANDING);
  return (playbook) => {
    const own = switches.filter(({ scope }) => scope === 'all' || scope === playbook);
    const off = own.find(({ paused }) => paused);
    const breaker = breakers.find((one) => one.playbook === playbook);
    const on = [
      ...own.filter(({ paused }) => !paused).map(({ since }) => since),
      breaker?.reset ?? [],
    ].flat();
    return {
      off: off
        ? `switched off since ${off.since.toISOString()} by ${off.by}: ${off.reason}`
        : breaker?.open
          ? `its breaker is open since ${breaker.open.toISOString()}: ${breaker.why ?? ''}`
          : undefined,
      onSince: on.sort((a, b) => a.getTime() - b.getTime()).at(-1),
    };
  };
}

const DEAD = new Set(['FAILED', 'TIMED_OUT', 'STOPPED']);
/** Longer than Lambda keeps an execution that has ended: one that it does not know after that is over. */
const FORGOTTEN_MS = 21 * 86_400_000;

/**
 * Whether the execution behind a run that has not ended is dead: then nobody will ever end it, and it would hold
 * its lock for good. An execution that is running, or that cannot be asked about, is not dead.
 */
export async function isDead(
  lambda: Lambda,
  { executionArn, openedAt }: RecordedRun,
  now: Date,
): Promise<boolean> {
  if (!executionArn) return false;
  try {
    const { Status } = await lambda.getDurableExecution({ DurableExecutionArn: executionArn });
    return DEAD.has(Status ?? '');
  } catch (error) {
    // A false "dead" would take the lock from a run that acts: the worse mistake.
    const unknown = isNamed(error, 'ResourceNotFoundException');
    return unknown && now.getTime() - openedAt.getTime() > FORGOTTEN_MS;
  }
}
