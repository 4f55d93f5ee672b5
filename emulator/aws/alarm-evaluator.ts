import type { Clock } from '../kernel/clock.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection } from '../kernel/store.ts';
import type { AlarmHistory } from './alarm-history.ts';
import { directInvocation, notificationMessage, notificationSubject } from './alarm-notification.ts';
import type { AlarmRecord, StateRecord } from './alarm-notification.ts';
import { EXTRA_PERIODS, evaluate } from './alarm-evaluation.ts';
import type { Verdict } from './alarm-evaluation.ts';
import { isMuted, type MuteRule } from './alarm-mute-rules.ts';
import { stateReason, stateReasonData } from './alarm-reason.ts';
import type { Measured } from './alarm-reason.ts';
import type { AlarmSettings } from './alarm-settings.ts';
import { judge, slidingPeriods } from './alarm-window.ts';
import { statisticOf } from './metric-data.ts';
import type { MetricStore } from './metric-store.ts';

/** Where an alarm's actions go. Both reject when the target does not take the message. */
export interface AlarmActions {
  /** @param alarmArn for topic policies with a condition on `aws:SourceArn` */
  publish(topicArn: string, subject: string, message: string, alarmArn: string): Promise<unknown>;
  invokeLambda(functionArn: string, payload: Record<string, unknown>): Promise<unknown>;
}

/** CloudWatch's reasons in the history for a topic that rejected a message, by error code. */
const REFUSALS: Readonly<Record<string, string>> = {
  KMSAccessDeniedException:
    'CloudWatch Alarms does not have authorization to access the SNS topic encryption key.',
  AuthorizationErrorException: 'CloudWatch Alarms is not authorized to perform: SNS:Publish on the topic.',
};

/** Turns datapoints into states, and changes of state into history and actions. */
export class AlarmEvaluator {
  private readonly alarms: Collection<AlarmRecord>;
  private readonly muteRules: Collection<MuteRule>;
  private readonly metrics: MetricStore;
  private readonly history: AlarmHistory;
  private readonly clock: Clock;
  private readonly actions: AlarmActions;

  constructor(needs: {
    alarms: Collection<AlarmRecord>;
    muteRules: Collection<MuteRule>;
    metrics: MetricStore;
    history: AlarmHistory;
    clock: Clock;
    actions: AlarmActions;
  }) {
    this.alarms = needs.alarms;
    this.muteRules = needs.muteRules;
    this.metrics = needs.metrics;
    this.history = needs.history;
    this.clock = needs.clock;
    this.actions = needs.actions;
  }

  /** One evaluation of every alarm, for the minute that has just ended. */
  async evaluateAll(): Promise<void> {
    const now = this.clock.now();
    await Promise.all(this.alarms.all().map((alarm) => this.evaluateOne(alarm, now)));
  }

  /** Sets the state. Actions run in the background, and only when the state changes. */
  async enter(alarm: AlarmRecord, state: StateRecord): Promise<void> {
    const previous = alarm.state;
    const transitionedAt = state.value === previous.value ? alarm.transitionedAt : state.at;
    const updated: AlarmRecord = { ...alarm, state, transitionedAt };
    await this.alarms.put(alarm.settings.name, updated);
    if (state.value === previous.value) return;
    await this.history.add(
      alarm.settings.name,
      'StateUpdate',
      new Date(state.at),
      `Alarm updated from ${previous.value} to ${state.value}`,
      { version: '1.0', oldState: historyState(previous), newState: historyState(state) },
    );
    if (!alarm.settings.actionsEnabled) return;
    if (isMuted(this.muteRules.all(), alarm.settings.name, new Date(state.at))) return;
    for (const action of actionsFor(updated))
      this.clock.spawn(`alarm action ${alarm.settings.name}`, () => this.execute(action, updated, previous));
  }

  private async evaluateOne(alarm: AlarmRecord, now: Date): Promise<void> {
    if (alarm.evaluationState === 'EVALUATION_FAILURE') return;
    const { settings } = alarm;
    const range = this.measure(settings, now);
    const verdict = evaluate({
      range: range.map(({ value }) => judge(value, settings.comparison, settings.threshold)),
      m: settings.datapointsToAlarm,
      n: settings.evaluationPeriods,
      missing: settings.missing,
      previous: alarm.state.value,
    });
    if (verdict.state !== alarm.state.value) await this.enter(alarm, stateOf(settings, verdict, range, now));
  }

  private measure(settings: AlarmSettings, now: Date): Measured[] {
    const { namespace, metricName: name, dimensions, statistic, unit } = settings;
    const count = settings.evaluationPeriods + EXTRA_PERIODS;
    return slidingPeriods(now, settings.period, count).map(({ start, end }) => {
      const bucket = this.metrics.read({ namespace, name, dimensions }, start, end, unit ?? undefined);
      return { start, value: bucket && statisticOf(bucket, statistic), samples: bucket?.count ?? 0 };
    });
  }

  /** Never throws: a failed action is an entry of the history, and the alarm continues. */
  private async execute(action: string, alarm: AlarmRecord, previous: StateRecord): Promise<void> {
    const { name } = alarm.settings;
    const facts = { notificationResource: action, stateUpdateTimestamp: Date.parse(alarm.state.at) };
    try {
      if (action.includes(':lambda:')) {
        await this.actions.invokeLambda(action, directInvocation(alarm, previous));
      } else {
        const [subject, message] = [notificationSubject(alarm), notificationMessage(alarm, previous)];
        await this.actions.publish(action, subject, message, alarm.settings.arn);
      }
      const summary = `Successfully executed action ${action}`;
      await this.history.add(name, 'Action', this.clock.now(), summary, {
        actionState: 'Succeeded',
        ...facts,
      });
    } catch (cause) {
      const error = why(cause);
      const summary = `Failed to execute action ${action}. Received error: "${error}"`;
      await this.history.add(name, 'Action', this.clock.now(), summary, {
        actionState: 'Failed',
        ...facts,
        error,
      });
    }
  }
}

function why(cause: unknown): string {
  const known = cause instanceof AwsError ? REFUSALS[cause.code] : undefined;
  return known ?? (cause instanceof Error ? cause.message : String(cause));
}

function stateOf(settings: AlarmSettings, verdict: Verdict, range: Measured[], now: Date): StateRecord {
  return {
    value: verdict.state,
    reason: stateReason(settings, verdict, range),
    reasonData: stateReasonData(settings, verdict, range, now),
    at: now.toISOString(),
  };
}

const historyState = (state: StateRecord) => ({
  stateValue: state.value,
  stateReason: state.reason,
  ...(state.reasonData && { stateReasonData: JSON.parse(state.reasonData) as unknown }),
});

function actionsFor({ settings, state }: AlarmRecord): readonly string[] {
  switch (state.value) {
    case 'ALARM':
      return settings.alarmActions;
    case 'OK':
      return settings.okActions;
    case 'INSUFFICIENT_DATA':
      return settings.insufficientDataActions;
  }
}
