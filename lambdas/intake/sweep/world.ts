import { isNamed } from '../../platform/error-cause.ts';
import type { CloudWatch } from '@aws-sdk/client-cloudwatch';
import type { Lambda } from '@aws-sdk/client-lambda';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import type { Alarm } from '../../domain/alarm.ts';
import { alarmIn, alarmOf } from '../../domain/instance.ts';
import { playbookOfAlarm, playbooks } from '../../catalog/playbooks/registry.ts';
import { offByConfiguration, type Settings } from '../../platform/settings.ts';
import type { RecordedRun } from '../../record/runs.ts';
import { resetsOf, standingsOf, switchesOf } from '../../record/standing-orders.ts';
import type { SweepState } from './sweep.ts';

/** The playbooks' alarms that are in ALARM. */
export async function standingAlarms(
  cloudwatch: CloudWatch,
  settings: Settings,
): Promise<SweepState['standing']> {
  const { account, region } = settings;
  const names = playbooks.flatMap(({ alarms }) => alarms.map(({ name }) => alarmIn(settings, name)));
  // DescribeAlarms takes 100 names; the contract test keeps the registry below.
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.describeAlarms({
    AlarmNames: names,
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    StateValue: 'ALARM',
  });
  const found = [
    ...MetricAlarms.map((alarm) => ({ ...alarm, kind: 'metric' as const })),
    ...CompositeAlarms.map((alarm) => ({ ...alarm, kind: 'composite' as const })),
  ];
  const muted = new Set<string>();
  for (const { AlarmName = '' } of found) {
    const { AlarmMuteRuleSummaries = [] } = await cloudwatch.listAlarmMuteRules({
      AlarmName,
      Statuses: ['ACTIVE'],
    });
    if (AlarmMuteRuleSummaries.length > 0) muted.add(AlarmName);
  }
  return found.flatMap((described) => {
    const name = alarmOf(settings, described.AlarmName ?? '');
    const playbook = playbookOfAlarm(name ?? '');
    const changed = described.StateTransitionedTimestamp ?? described.StateUpdatedTimestamp;
    if (!playbook || !name || !described.AlarmName || !changed) return [];
    const alarm: Alarm = {
      name,
      ...(described.AlarmArn && { arn: described.AlarmArn }),
      account,
      region,
      kind: described.kind,
      state: 'ALARM',
      changedAt: changed.toISOString(),
      reason: described.StateReason ?? '',
      // Somebody has disabled its actions: it must not be acted on.
      ...(described.ActionsEnabled === false && { suppressedBy: 'a person (its actions are disabled)' }),
      ...(muted.has(described.AlarmName) && { suppressedBy: 'a mute rule' }),
    };
    return [{ alarm, playbook: playbook.id }];
  });
}

/** Switches and breakers, for everything and for each playbook. */
export async function standingOrders(
  ledger: Ledger,
  settings: Pick<Settings, 'playbooks'>,
): Promise<SweepState['ordersOf']> {
  const switches = await switchesOf(ledger);
  const standings = await standingsOf(ledger);
  const resets = await resetsOf(ledger);
  return (playbook) => {
    const ofIt = switches.filter(({ scope }) => scope === 'all' || scope === playbook);
    const off = ofIt.find(({ paused }) => paused);
    const { breakerSince, breakerWhy } = standings.find((one) => one.playbook === playbook) ?? {};
    const on = [
      ...ofIt.filter(({ paused }) => !paused).map(({ since }) => since),
      resets.get(playbook) ?? [],
    ].flat();
    return {
      off:
        offByConfiguration(playbook, settings) ??
        (off
          ? `switched off since ${off.since.toISOString()} by ${off.by}: ${off.reason}`
          : breakerSince
            ? `its breaker is open since ${breakerSince.toISOString()}: ${breakerWhy ?? ''}`
            : undefined),
      onSince: on.sort((a, b) => a.getTime() - b.getTime()).at(-1),
    };
  };
}

const DEAD = new Set(['FAILED', 'TIMED_OUT', 'STOPPED']);
/** Longer than Lambda keeps an ended execution: one that it does not know after that is over. */
const FORGOTTEN_MS = 21 * 86_400_000;

/**
 * Whether the execution of an unfinished run has crashed: nobody would ever end the run, and it would
 * keep its lock. An execution that runs, or whose state is unknown, has not crashed.
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
    // A false "crashed" would take the lock from a run that acts: the worse mistake.
    const unknown = isNamed(error, 'ResourceNotFoundException');
    return unknown && now.getTime() - openedAt.getTime() > FORGOTTEN_MS;
  }
}
