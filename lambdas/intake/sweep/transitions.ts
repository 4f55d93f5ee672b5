import type { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { paginateDescribeAlarmHistory } from '@aws-sdk/client-cloudwatch';
import { AlarmState } from '../../domain/alarm.ts';
import { alarmOf, type Instance } from '../../domain/instance.ts';
import { exactMoment } from '../../domain/words.ts';
import type { Answered, RunOfAlarm, Transition } from '../../record/transitions.ts';
import { isObject, parseJson } from '../alarm-events/json.ts';

/** Of these alarms since then, oldest first. */
export async function transitionsSince(
  cloudwatch: CloudWatch,
  alarms: ReadonlySet<string>,
  since: Date,
  instance: Instance,
): Promise<Transition[]> {
  const found: Transition[] = [];
  const pages = paginateDescribeAlarmHistory(
    { client: cloudwatch },
    {
      HistoryItemType: 'StateUpdate',
      StartDate: since,
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      ScanBy: 'TimestampAscending',
    },
  );
  for await (const { AlarmHistoryItems = [] } of pages)
    for (const { AlarmName = '', Timestamp, HistoryData = '' } of AlarmHistoryItems) {
      const state = AlarmState.safeParse(newStateOf(HistoryData));
      const alarm = alarmOf(instance, AlarmName);
      if (alarm !== undefined && alarms.has(alarm) && Timestamp && state.success)
        found.push({ alarm, state: state.data, changedAt: Timestamp });
    }
  return found.sort((a, b) => a.changedAt.getTime() - b.changedAt.getTime());
}

function newStateOf(data: string): unknown {
  const read = parseJson(data);
  const state = isObject(read) ? read['newState'] : undefined;
  return isObject(state) ? state['stateValue'] : undefined;
}

export interface Swept {
  /** Oldest first. */
  readonly transitions: readonly Transition[];
  /** Oldest first. */
  readonly runs: readonly RunOfAlarm[];
  /** What this sweep has just begun, and why it passed over others that stand. */
  readonly begun: readonly { readonly run: string; readonly alarm: string }[];
  readonly skipped: readonly { readonly alarm: string; readonly reason: string }[];
}

/** The moments of message, history and description differ by less. */
const NEAR_MS = 5_000;

/** What became of each transition: a run, or the reason why there is none. Pure: its test is a table. */
export function answersOf(swept: Swept): Answered[] {
  return swept.transitions.map((transition) => {
    const answered = (why: string, run: string | null = null): Answered => ({ ...transition, run, why });
    const { alarm, state, changedAt } = transition;
    if (state === 'OK') return answered('OK: it ends what waits for it, and nothing needs a run');
    if (state === 'INSUFFICIENT_DATA') return answered('INSUFFICIENT_DATA: unknown is no reason for a run');
    const own = swept.runs.filter(
      (run) => run.alarm === alarm && Math.abs(run.changedAt.getTime() - changedAt.getTime()) <= NEAR_MS,
    );
    const run = own.find(({ mode }) => mode === 'live') ?? own[0];
    if (run) return answered(BY[run.cause], run.run);
    const next = swept.transitions.find((one) => one.alarm === alarm && one.changedAt > changedAt);
    if (next)
      return answered(
        `its message has reached nobody, and it was ${next.state} at ${exactMoment(next.changedAt)}, before a sweep took it up`,
      );
    const begun = swept.begun.find((one) => one.alarm === alarm);
    if (begun) return answered(BY.sweep, begun.run);
    const skipped = swept.skipped.find((one) => one.alarm === alarm);
    return answered(
      skipped ? `the sweep passes over it: ${skipped.reason}` : 'it no longer stands, or its alarm is gone',
    );
  });
}

const BY: Readonly<Record<RunOfAlarm['cause'], string>> = {
  alarm: 'its message started the run',
  sweep: 'no message started a run; the sweep did',
};
