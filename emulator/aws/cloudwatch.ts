import type {
  MetricDatum,
  PutMetricAlarmCommandInput,
  PutMetricDataCommandInput,
  SetAlarmStateCommandInput,
} from '@aws-sdk/client-cloudwatch';
import type { Clock } from '../kernel/clock.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { ALARM_STATES } from './alarm-evaluation.ts';
import { AlarmEvaluator } from './alarm-evaluator.ts';
import type { AlarmActions } from './alarm-evaluator.ts';
import { AlarmHistory } from './alarm-history.ts';
import type { AlarmRecord } from './alarm-notification.ts';
import type { MuteRule } from './alarm-mute-rules.ts';
import { alarmSettings } from './alarm-settings.ts';
import { MINUTE_MS, minuteOf } from './alarm-window.ts';
import { readDatum } from './metric-data.ts';
import { MetricStore } from './metric-store.ts';

const TIMER = 'cloudwatch.evaluate';
/** A crash may lose values of this time that no caller waits for (other services' own metrics). */
const FLUSH_EVERY_MS = 15 * MINUTE_MS;
const PRUNE_EVERY_MS = 60 * MINUTE_MS;

/**
 * CloudWatch's metrics and metric alarms. After `start()` one timer evaluates every alarm at each full minute
 * of the clock; `slidingPeriods` says which periods an alarm uses, `evaluate` how it decides.
 */
export class CloudWatch {
  readonly metrics: MetricStore;
  readonly history: AlarmHistory;
  readonly alarms: Collection<AlarmRecord>;
  readonly muteRules: Collection<MuteRule>;
  private readonly clock: Clock;
  private readonly evaluator: AlarmEvaluator;

  constructor(needs: { store: Pick<Store, 'collection'>; clock: Clock } & AlarmActions) {
    this.clock = needs.clock;
    this.metrics = new MetricStore(needs.store);
    this.history = new AlarmHistory(needs.store);
    this.alarms = needs.store.collection<AlarmRecord>('cloudwatch.alarm');
    this.muteRules = needs.store.collection<MuteRule>('cloudwatch.mute-rule');
    const { alarms, muteRules, metrics, history, clock } = this;
    this.evaluator = new AlarmEvaluator({ alarms, muteRules, metrics, history, clock, actions: needs });
  }

  start(): void {
    const next = minuteOf(this.clock.now()) + MINUTE_MS;
    this.clock.at(TIMER, new Date(next), async () => {
      this.start();
      await this.tick(next);
    });
  }

  stop(): void {
    this.clock.cancel(TIMER);
  }

  /** For the emulator's own services. Visible immediately, durable with the next flush. */
  putMetricData(namespace: string, data: readonly MetricDatum[]): void {
    const now = this.clock.now();
    const read = data.map((datum) => ({ ...readDatum(namespace, datum, now), unit: datum.Unit ?? 'None' }));
    for (const { identity, unit, at, bucket } of read) this.metrics.add(identity, unit, at, bucket);
  }

  /** PutMetricData of the API: durable when answered. All of it is accepted, or nothing. */
  async putMetricDataNow({
    Namespace,
    MetricData,
    EntityMetricData,
  }: PutMetricDataCommandInput): Promise<void> {
    if (EntityMetricData?.length)
      throw new AwsError(
        'InvalidParameterCombinationException',
        'The emulator does not emulate EntityMetricData.',
      );
    if (!Namespace)
      throw new AwsError('MissingRequiredParameterException', 'PutMetricData needs a Namespace.');
    this.putMetricData(Namespace, MetricData ?? []);
    await this.metrics.flush();
  }

  /** Creates the alarm, in INSUFFICIENT_DATA, or changes its settings and leaves its state. */
  async putAlarm(input: PutMetricAlarmCommandInput): Promise<AlarmRecord> {
    const settings = alarmSettings(input);
    const now = this.clock.now();
    const existing = this.alarms.get(settings.name);
    const alarm: AlarmRecord = {
      ...existing,
      settings,
      configuredAt: now.toISOString(),
      state: existing?.state ?? {
        value: 'INSUFFICIENT_DATA',
        reason: 'Unchecked: Initial alarm creation',
        at: now.toISOString(),
      },
      transitionedAt: existing?.transitionedAt ?? now.toISOString(),
    };
    await this.alarms.put(settings.name, alarm);
    const summary = `Alarm "${settings.name}" ${existing ? 'updated' : 'created'}`;
    const type = existing ? 'Update' : 'Create';
    await this.history.add(settings.name, 'ConfigurationUpdate', now, summary, {
      version: '1.0',
      type,
      settings,
    });
    return alarm;
  }

  /** A missing alarm is no error. */
  async deleteAlarm(name: string): Promise<void> {
    await this.alarms.delete(name);
  }

  /** A transition like any other, actions included; the next evaluation undoes it if the datapoints disagree. */
  async setAlarmState(input: SetAlarmStateCommandInput): Promise<void> {
    const { AlarmName = '', StateValue, StateReason, StateReasonData } = input;
    const alarm = this.alarms.get(AlarmName);
    if (!alarm) throw new AwsError('ResourceNotFound', `There is no alarm ${AlarmName}.`);
    const value = ALARM_STATES.find((state) => state === StateValue);
    if (!value)
      throw new AwsError(
        'InvalidParameterValueException',
        `StateValue is ${StateValue}; wanted: ${ALARM_STATES.join(', ')}.`,
      );
    if (!StateReason)
      throw new AwsError('MissingRequiredParameterException', 'SetAlarmState needs a StateReason.');
    await this.evaluator.enter(alarm, {
      value,
      reason: StateReason,
      ...(StateReasonData && { reasonData: validJson(StateReasonData) }),
      at: this.clock.now().toISOString(),
    });
  }

  /** For faults: while EVALUATION_FAILURE lasts the alarm keeps its state. */
  async setEvaluationState(name: string, evaluationState: AlarmRecord['evaluationState']): Promise<void> {
    const alarm = this.alarms.get(name);
    if (!alarm) throw new AwsError('ResourceNotFound', `There is no alarm ${name}.`);
    const { evaluationState: _ended, ...rest } = alarm;
    await this.alarms.put(name, { ...rest, ...(evaluationState && { evaluationState }) });
  }

  private async tick(minute: number): Promise<void> {
    await this.evaluator.evaluateAll();
    if (minute % FLUSH_EVERY_MS === 0) await this.metrics.flush();
    if (minute % PRUNE_EVERY_MS !== 0) return;
    await this.metrics.prune(this.clock.now());
    await this.history.prune(this.clock.now());
  }
}

function validJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch (cause) {
    throw new AwsError('InvalidFormatFault', `StateReasonData is not JSON: ${String(cause)}`);
  }
}
