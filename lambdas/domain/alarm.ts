import * as z from 'zod';

export const AlarmState = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);

export const AlarmKind = z.enum(['metric', 'metric-math', 'anomaly', 'percentile', 'composite']);

/**
 * One transition of one alarm. The same transition gives the same value in every envelope, so that it
 * can be hashed and deduplicated.
 */
export const Alarm = z.strictObject({
  name: z.string().min(1).max(255),
  /** Missing in old messages. */
  arn: z.string().max(2_048).optional(),
  /** Twelve digits; a string, because of the leading zeros. */
  account: z.string().max(255),
  /** A Region's code such as `us-east-1`; `unknown` where the message gives neither ARN nor a known name. */
  region: z.string().max(255),
  kind: AlarmKind,
  state: AlarmState,
  /** Missing on the first evaluation and in some old messages. */
  previous: AlarmState.optional(),
  /** When the state changed: ISO 8601, UTC, milliseconds, `Z`. */
  changedAt: z.iso.datetime(),
  /** CloudWatch's own text. */
  reason: z.string().max(2_000),
  /** What mutes the alarm's actions (`Alarm`, `WaitPeriod`, a mute rule). */
  suppressedBy: z.string().max(255).optional(),
});
export type Alarm = z.infer<typeof Alarm>;

/** What messages say of an alarm, as its playbook declares it. */
export interface Titled {
  readonly name: string;
  /** For people: what it means when this alarm fires. */
  readonly description: string;
  /**
   * The fault in a few words with `is` or `are`, for subjects. In brackets what goes with the metric's figure, at `#`:
   * `costs are[ # days] old`.
   */
  readonly title: string;
  /** Of the metric's figure: `days`. */
  readonly unit: string;
}
